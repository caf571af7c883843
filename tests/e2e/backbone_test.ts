// Processes on a real NATS server, each with its exact permissions. Left out where `nats-server` is
// not installed.

import { assertEquals } from "@std/assert";
import { exchange } from "../support/herds/client.ts";
import { until } from "../support/waiting.ts";
import { HAS_NATS, startNats } from "../support/processes/nats.ts";
import {
  bundleHerd,
  type ServerProcess,
  startServer,
} from "../support/processes/server_process.ts";
import { temporaryFolder } from "../support/files/temporary.ts";
import { testWith } from "../support/test.ts";
import { writeTopology } from "../support/files/topology_file.ts";

const test = testWith("sockets", "disk", "processes", HAS_NATS);

test("processes exchange news over the backbone, over a kill and a restart; also as a bundle", async () => {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(temporaryFolder()).path;
  const config = 'authorization { user: herd, password: "a secret" }\n';
  const nats = stack.use(await startNats({ config }));
  const main = await bundleHerd(folder);

  const { host, port } = nats.addresses[0]!;
  const backbone = { nats: `nats://${host}:${port}`, servers: ["Ann", "Bob"] };
  const shape = { links: [["Bob", "Eve"]], lone: ["Ann"], http: true, backbone } as const;
  const { file, topology, servers } = writeTopology(folder, shape);
  const options = { file, topology, folder };
  const start = async (name: string, more: { main?: string } = {}) =>
    stack.use(
      await startServer(name, {
        ...options,
        ...more,
        shell: "export HERD_NATS_CREDENTIALS='herd:a secret'",
      }),
    );

  const ann = await start("Ann");
  const bob = await start("Bob", { main });
  const eve = await start("Eve");
  await tell(ann, "kiwi");
  await until(() => whereIs(eve, "kiwi"));
  await bob.end("SIGKILL");
  await tell(eve, "from-eve");
  await tell(ann, "meanwhile");
  await start("Bob", { main });
  await until(() => whereIs(ann, "from-eve"));
  await until(() => whereIs(eve, "meanwhile"));

  const url = `http://127.0.0.1:${servers.Ann!.http}`;
  // News may have arrived before NATS has confirmed it.
  await until(async () => {
    const metrics = await (await fetch(`${url}/metrics`)).text();
    return /^herd_backbone_level 1$/m.test(metrics) &&
      /^herd_backbone_unpublished_positions 0$/m.test(metrics);
  });
  const { servers: [status] } = await (await fetch(`${url}/v1/servers`)).json();
  assertEquals(status.status.backbone.isLevel, true);
  assertEquals(status.status.backbone.sent.messages, 2);
  assertEquals(status.status.isReady, true);
  assertEquals((await ann.end("SIGTERM")).code, 0);
});

function tell({ port }: ServerProcess, client: string): Promise<string> {
  return exchange(port, `IAMAT ${client} +1+1 ${(Date.now() / 1000).toFixed(6)}\n`);
}

async function whereIs({ port }: ServerProcess, client: string): Promise<boolean> {
  return (await exchange(port, `WHATSAT ${client} 10 3\n`)).startsWith("AT ");
}
