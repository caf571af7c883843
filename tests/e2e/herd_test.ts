// The whole main job with real processes: started, killed, restarted, stopped; and as one bundle.

import { assertEquals, assertMatch } from "@std/assert";
import { exchange } from "../support/herds/client.ts";
import { until } from "../support/waiting.ts";
import { testWith } from "../support/test.ts";
import { writeTopology } from "../support/files/topology_file.ts";
import {
  bundleHerd,
  MAIN,
  type ServerProcess,
  startServer,
} from "../support/processes/server_process.ts";
import { temporaryFolder } from "../support/files/temporary.ts";

const test = testWith("sockets", "disk", "processes");

async function whereIs({ port }: ServerProcess, client: string): Promise<string | undefined> {
  const reply = await exchange(port, `WHATSAT ${client} 10 3\n`);
  return reply.startsWith("AT ") ? reply : undefined;
}

function tell({ port }: ServerProcess, client: string): Promise<string> {
  const time = (Date.now() / 1000).toFixed(6);
  return exchange(port, `IAMAT ${client} +34.068930-118.445127 ${time}\n`);
}

test("five processes keep each other current over a kill, a restart and a stop", async () => {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(temporaryFolder()).path;
  const herd = { ...writeTopology(folder), folder };
  const start = async (name: string) => stack.use(await startServer(name, herd));
  const [goloman, hands, holiday, welsh, wilkes] = await Promise.all(
    ["Goloman", "Hands", "Holiday", "Welsh", "Wilkes"].map(start),
  ) as [ServerProcess, ServerProcess, ServerProcess, ServerProcess, ServerProcess];

  const at = await tell(goloman, "kiwi");
  const reply = await until(() => whereIs(welsh, "kiwi"));
  assertEquals(reply.slice(0, at.length), at);
  assertMatch(reply, /"status" : "OK"\n}\n\n$/);
  assertEquals(JSON.parse(reply.slice(at.length)).results.length, 3);

  // Welsh is reached through Holiday alone: it misses what happens now, and nobody else does.
  await holiday.end("SIGKILL");
  await tell(goloman, "meanwhile");
  await Promise.all([hands, wilkes].map((it) => until(() => whereIs(it, "meanwhile"))));
  assertEquals(await whereIs(welsh, "meanwhile"), undefined);
  await tell(welsh, "from-welsh");

  const again = await start("Holiday");
  for (const client of ["kiwi", "meanwhile", "from-welsh"]) {
    await Promise.all(
      [again, welsh, goloman].map((it) => until(() => whereIs(it, client))),
    );
  }

  for (const server of [goloman, hands, again, welsh, wilkes]) {
    const startedMs = performance.now();
    assertEquals((await server.end("SIGTERM")).code, 0);
    assertEquals(performance.now() - startedMs < 5_000, true);
  }
});

test("the bundle does the main job from a folder that has nothing else", async () => {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(temporaryFolder()).path;
  const main = await bundleHerd(folder);
  const herd = { ...writeTopology(folder), folder, main };
  const [goloman, holiday, welsh] = await Promise.all(
    ["Goloman", "Holiday", "Welsh"].map(async (it) => stack.use(await startServer(it, herd))),
  ) as [ServerProcess, ServerProcess, ServerProcess];
  await tell(goloman, "kiwi");
  assertMatch(await until(() => whereIs(welsh, "kiwi")), /"name" : "[^"]+"/);
  assertEquals((await holiday.end("SIGINT")).code, 0);
});

test("herd demo shows the exchange and exits with 0", async () => {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(temporaryFolder()).path;
  const { file } = writeTopology(folder);
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", MAIN, "demo", "--topology", file],
    stdin: "null",
  }).output();
  const text = new TextDecoder().decode(stdout);
  assertEquals(code, 0, text + new TextDecoder().decode(stderr));
  assertMatch(text, /< AT Goloman [^]*> WHATSAT [^]*< AT Goloman [^]*"results" : \[/);
});

test("herd demo refuses to talk to servers that are not its own", async () => {
  using folder = temporaryFolder();
  const { file, topology } = writeTopology(folder.path);
  const { host, port } = topology.server("Welsh");
  using _other = Deno.listen({ hostname: host, port });
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "-A", MAIN, "demo", "--topology", file],
    stdin: "null",
  }).output();
  assertEquals(new TextDecoder().decode(stdout), "");
  assertMatch(new TextDecoder().decode(stderr), /^herd: Cannot start Welsh: another program /);
  assertEquals(code, 1);
});
