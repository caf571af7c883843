// A server that has run out of descriptors, as a process of its own with few of them.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { exchange, readUntil, send } from "../support/client.ts";
import { until } from "../support/herd.ts";
import { granted, loopback } from "../support/permissions.ts";
import { startServer, writeTopology } from "../support/processes.ts";
import { connectTo } from "../support/rude_client.ts";
import { temporary, temporaryFolder } from "../support/temporary.ts";

const ignore = Deno.build.os !== "linux" ||
  !granted({ name: "run" }, { name: "read" }, ...temporary, loopback);

/** Processor time that a process has used, in seconds: utime and stime of proc(5), at 100 Hz. */
async function cpuSeconds(pid: number): Promise<number> {
  const stat = await Deno.readTextFile(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function ask(connection: Deno.Conn): Promise<void> {
  await send(connection, "hello\n");
  assertEquals(await readUntil(connection, "\n"), "? hello\n");
}

Deno.test({
  name: "a server without descriptors serves whom it has, waits, and goes on when there are some",
  ignore,
  async fn() {
    await using stack = new AsyncDisposableStack();
    const folder = stack.use(temporaryFolder()).path;
    const server = stack.use(
      await startServer("Goloman", {
        ...await writeTopology(folder),
        folder,
        args: ["--durability", "none", "--log-level", "error"],
        descriptors: 64,
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
    const open = async () => (await Array.fromAsync(Deno.readDir(`/proc/${server.pid}/fd`))).length;
    await until(async () => await open() >= 64);

    const before = [performance.now() / 1000, await cpuSeconds(server.pid)] as const;
    for (let i = 0; i < 10; i++) {
      await ask(client);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    const share = (await cpuSeconds(server.pid) - before[1]) /
      (performance.now() / 1000 - before[0]);
    assert(share < 0.5, `it spins: ${share} of a core`);

    crowd.dispose();
    await until(() => lateReply !== "");
    await waiting;
    assertMatch(lateReply, /^AT Goloman /);
    assertMatch(await exchange(server.port, "WHATSAT k 10 1\n"), /"status" : "OK"/);
    await ask(client);
    assertEquals((await server.end("SIGTERM")).code, 0);
  },
});
