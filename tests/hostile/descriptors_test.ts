// A server that has run out of descriptors, as a process of its own with few of them.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { exchange, readUntil, send } from "../support/herds/client.ts";
import { until } from "../support/waiting.ts";
import { testWith } from "../support/test.ts";
import { writeTopology } from "../support/files/topology_file.ts";
import { startServer } from "../support/processes/server_process.ts";
import { connectTo } from "../support/load/rude_client.ts";
import { temporaryFolder } from "../support/files/temporary.ts";

const test = testWith("linux", "sockets", "disk", "processes");

/**
 * Processor time that a process has used, in seconds: utime and stime of proc(5), at 100 Hz. By way of
 * `cat`, as Deno lets only those read /proc who may do everything.
 */
async function cpuSeconds(pid: number): Promise<number> {
  const { stdout } = await new Deno.Command("cat", { args: [`/proc/${pid}/stat`] }).output();
  const stat = new TextDecoder().decode(stdout);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function ask(connection: Deno.Conn): Promise<void> {
  await send(connection, "hello\n");
  assertEquals(await readUntil(connection, "\n"), "? hello\n");
}

test("a server without descriptors serves whom it has, waits, and goes on when there are some", async () => {
  await using stack = new AsyncDisposableStack();
  const folder = stack.use(temporaryFolder()).path;
  const failures: string[] = [];
  const server = stack.use(
    await startServer("Goloman", {
      ...writeTopology(folder),
      folder,
      args: ["--durability", "none"],
      descriptors: 64,
      onLog: (line) => void (line.includes("accept.failing") && failures.push(line)),
    }),
  );
  const client = stack.use(await connectTo(server.port));
  await ask(client);
  const crowd = stack.use(new DisposableStack());
  for (let i = 0; i < 100; i++) crowd.use(await connectTo(server.port));
  const late = stack.use(await connectTo(server.port));
  await send(late, "IAMAT k +34.068930-118.445127 1520023934\n");
  let lateReply = "";
  const waiting = readUntil(late, "\n").then((it) => lateReply = it, () => {});
  await until(() => failures.length > 0);

  const before = [performance.now() / 1000, await cpuSeconds(server.pid)] as const;
  for (let i = 0; i < 10; i++) {
    await ask(client);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const share = (await cpuSeconds(server.pid) - before[1]) /
    (performance.now() / 1000 - before[0]);
  assert(share < 0.5, `it spins: ${share} of a core`);
  assert(failures.length < 5, "it does not log each of its tries");

  crowd.dispose();
  await until(() => lateReply !== "");
  await waiting;
  assertMatch(lateReply, /^AT Goloman /);
  assertMatch(await exchange(server.port, "WHATSAT k 10 1\n"), /"status" : "OK"/);
  await ask(client);
  assertEquals((await server.end("SIGTERM")).code, 0);
});
