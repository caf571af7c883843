// A herd with TLS, as people set one up: certificates by `herd certs`, servers with their own
// permissions, a client by `herd client`, and a stranger who made a certificate of the same name.

import { assertEquals, assertMatch } from "@std/assert";
import {
  MAIN,
  runHerd,
  type ServerProcess,
  startServer,
} from "../support/processes/server_process.ts";
import { connectTls } from "../../src/server/links/tls.ts";
import { readCredentials } from "../../src/server/tls/tls_files.ts";
import { tlsPaths } from "../../src/topology/tls_paths.ts";
import type { Topology } from "../../src/topology/topology.ts";
import { TestAuthority } from "../support/tls/certificates.ts";
import { until } from "../support/waiting.ts";
import { testWith } from "../support/test.ts";
import { temporaryFolder } from "../support/files/temporary.ts";
import { writeTopology } from "../support/files/topology_file.ts";
import { chainOf } from "../support/herds/shape.ts";
import { readByte } from "../support/herds/client.ts";

const test = testWith("sockets", "disk", "processes");

/** What `herd client` writes when it is given `input`. */
async function ask(folder: string, topology: Topology, name: string, input: string) {
  const { host, port } = topology.server(name);
  const permissions = [
    "--allow-read=topology.json,certs/ca.pem",
    `--allow-net=${host}:${port}`,
  ];
  await using client = new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", ...permissions, MAIN, "client", name],
    cwd: folder,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  await new Blob([input]).stream().pipeTo(client.stdin);
  const output = await new Response(client.stdout).text();
  assertEquals((await client.status).code, 0);
  return output;
}

test("a herd with certificates of its own floods over TLS, and takes in no stranger", async () => {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(temporaryFolder()).path;
  const links = chainOf(["Ann", "Bob", "Eve"]);
  const { file, topology } = writeTopology(folder, { links, hasTls: true });
  const made = await runHerd(["certs"], { cwd: folder });
  assertEquals(made.code, 0, made.stderr);
  const log: string[] = [];
  const start = async (name: string): Promise<ServerProcess> =>
    stack.use(
      await startServer(name, { file, topology, folder, onLog: (line) => void log.push(line) }),
    );
  const [ann, bob, eve] = await Promise.all(["Ann", "Bob", "Eve"].map(start)) as [
    ServerProcess,
    ServerProcess,
    ServerProcess,
  ];

  const at = await ask(
    folder,
    topology,
    "Ann",
    "IAMAT kiwi +34.068930-118.445127 1520023934.9\n",
  );
  assertMatch(at, /^AT Ann \+\d+\.\d{9} kiwi /);
  const asked = () => ask(folder, topology, "Eve", "WHATSAT kiwi 10 1\n");
  const reply = await until(async () => (await asked()).startsWith(at) && await asked());
  assertMatch(reply, /"status" : "OK"/);

  const { ca, issuers } = await readCredentials(tlsPaths(`${folder}/certs`, "Ann"), "Ann");
  const forger = await TestAuthority.make();
  const forged = { ...await forger.credentials("Ann"), ca, issuers };
  const link = await connectTls(await Deno.connect(topology.linkAddress("Bob")), forged, "Bob");
  assertEquals(await readByte(link).catch(() => null), null);
  link.close();
  const refused = await until(() => log.find((it) => it.includes("link.refused")));
  assertMatch(refused, /its certificate is not signed by the herd's CA/);

  for (const server of [ann, bob, eve]) assertEquals((await server.end("SIGTERM")).code, 0);
  assertEquals(log.filter((it) => it.includes("link.refused")).length, 1, log.join("\n"));
});

test("a server whose certificate is another's does not start, and says why", async () => {
  using folder = temporaryFolder();
  writeTopology(folder.path, { links: chainOf(["Ann", "Bob", "Eve"]), hasTls: true });
  const cwd = folder.path;
  assertEquals((await runHerd(["certs"], { cwd })).code, 0);
  for (const end of ["pem", "key"]) {
    await Deno.copyFile(`${cwd}/certs/Bob.${end}`, `${cwd}/certs/Ann.${end}`);
  }
  const { code, stderr } = await runHerd(["server", "Ann"], { cwd });
  assertEquals(code, 2);
  assertMatch(stderr, /'certs\/Ann\.pem': it is the certificate of 'Bob', not of 'Ann'/);
});
