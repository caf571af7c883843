// Where a server takes its credentials for NATS from, and when it does not start without.

import { assert, assertEquals, assertRejects } from "@std/assert";
import { openBackbone } from "../../../src/cli/server/open_backbone.ts";
import { readSecrets } from "../../../src/cli/server/secrets.ts";
import { ConfigError } from "../../../src/base/errors.ts";
import { parseTopology } from "../../../src/topology/topology.ts";
import { HAS_NATS, startNats } from "../../support/processes/nats.ts";
import { streamInfo } from "../../backbone/nats/herd.ts";
import { testWith } from "../../support/test.ts";
import { temporaryFolder } from "../../support/files/temporary.ts";

const nobody = { env: (_name: string): string | undefined => undefined };
const somebody = { env: (name: string) => name === "HERD_NATS_CREDENTIALS" ? " a:b\n" : undefined };
const none = { natsCredentials: undefined, natsCa: undefined };

function topologyOn(nats: string) {
  const servers = { Ann: { host: "127.0.0.1", port: 1 }, Bob: { host: "127.0.0.1", port: 2 } };
  const backbone = { nats, servers: ["Ann"] };
  return parseTopology(JSON.stringify({ herd: "test", backbone, servers, links: [] }));
}

Deno.test("openBackbone() gives none to a server that is on none", async () => {
  const topology = topologyOn("nats://nats.example");
  assertEquals(
    await openBackbone(topology, { name: "Bob", ...none }, undefined, nobody),
    undefined,
  );
});

Deno.test("openBackbone() asks for credentials unless NATS is on loopback", async () => {
  const open = (nats: string, context = nobody) =>
    openBackbone(topologyOn(nats), { name: "Ann", ...none }, undefined, context);
  assert(await open("nats://127.0.0.1"));
  assert(await open("tls://nats.example", somebody));
  const error = await assertRejects(() => open("tls://nats.example"), ConfigError);
  assertEquals(
    error.message,
    "Cannot start without credentials for NATS: not all of its servers are on loopback. " +
      "Set HERD_NATS_CREDENTIALS or give --nats-credentials",
  );
});

testWith("disk")(
  "openBackbone() reads credentials and certificates from files, and says which it cannot",
  async () => {
    using folder = temporaryFolder();
    const path = (name: string) => `${folder.path}/${name}`;
    await Deno.writeTextFile(path("good"), "token\n");
    await Deno.writeTextFile(path("empty"), " \n");
    const open = (more: Partial<typeof none> | Record<string, string>) => {
      const settings = { name: "Ann", ...none, ...more };
      return openBackbone(topologyOn("tls://nats.example"), settings, 60, nobody);
    };
    assert(await open({ natsCredentials: path("good"), natsCa: path("good") }));
    const empty = await assertRejects(() => open({ natsCredentials: path("empty") }), ConfigError);
    assertEquals(
      empty.message,
      `Cannot use '${path("empty")}' as credentials for NATS: it is empty`,
    );
    for (const more of [{ natsCa: path("no") }, { natsCredentials: path("no") }]) {
      const settings = { natsCredentials: path("good"), ...more };
      await assertRejects(() => open(settings), ConfigError, `Cannot read '${path("no")}'`);
    }
  },
);

testWith("sockets", "disk", "processes", HAS_NATS)(
  "openBackbone() has the stream keep messages somewhat longer than servers keep clients",
  async () => {
    await using nats = await startNats();
    const { host, port } = nats.addresses[0]!;
    const topology = topologyOn(`nats://${host}:${port}`);
    const backbone = await openBackbone(topology, { name: "Ann", ...none }, 7_200, nobody);
    const connection = await backbone!.connect(new AbortController().signal, () => undefined);
    // In nanoseconds, as NATS counts; an hour longer than the two.
    assertEquals((await streamInfo(nats)).config.max_age, 10_800_000_000_000);
    await connection.close();
  },
);

Deno.test("readSecrets() asks for none where there is no link to prove anything on", async () => {
  const servers = { Ann: { host: "10.0.0.1", port: 1 }, Bob: { host: "10.0.0.2", port: 2 } };
  const on = (links: unknown) =>
    parseTopology(JSON.stringify({ herd: "test", servers, links, backbone: { nats: "tls://a" } }));
  assertEquals((await readSecrets(on([]), undefined, nobody)).isNone, true);
  await assertRejects(() => readSecrets(on([["Ann", "Bob"]]), undefined, nobody), ConfigError);
});
