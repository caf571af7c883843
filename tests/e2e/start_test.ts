// The start of a server process whose disk is slow: its log of changes is a pipe that nobody has written
// to yet, so that loading takes as long as the test likes.

import { assertEquals, assertMatch } from "@std/assert";
import { readUntil, send } from "../support/herds/client.ts";
import { temporaryFolder } from "../support/files/temporary.ts";
import { writeTopology } from "../support/files/topology_file.ts";
import { startServer } from "../support/processes/server_process.ts";
import { testWith } from "../support/test.ts";
import { until, within } from "../support/waiting.ts";

const test = testWith("sockets", "disk", "processes", "unix");

test("a process answers health checks while its disk is slow, and lines when it was read", async () => {
  using folder = temporaryFolder();
  const { file, topology, servers } = writeTopology(folder.path, { lone: ["Ann"], http: true });
  const options = { file, topology, folder: folder.path, args: ["--durability", "relaxed"] };
  {
    await using first = await startServer("Ann", options);
    using client = await Deno.connect({ hostname: "127.0.0.1", port: first.port });
    await send(client, "IAMAT kiwi +34-118 1000\n");
    await readUntil(client, "1000\n");
    assertEquals((await first.end("SIGTERM")).code, 0);
  }
  const log = `${folder.path}/data/Ann/herd.sqlite-wal`;
  const { success } = await new Deno.Command("mkfifo", { args: [log] }).output();
  assertEquals(success, true, "mkfifo");

  await using server = await startServer("Ann", options);
  using client = await Deno.connect({ hostname: "127.0.0.1", port: server.port });
  await send(client, "IAMAT kiwi +1+1 999\nWHATSAT kiwi 0 0\n");
  const status = async (path: string) => {
    const asked = fetch(`http://127.0.0.1:${servers.Ann!.http}${path}`);
    const response = await within(asked.catch(() => undefined), `an answer to ${path}`);
    await response?.body?.cancel();
    return response?.status;
  };
  await until(async () => await status("/healthz") === 200);
  const whileLoading = { readyz: await status("/readyz"), clients: await status("/v1/clients") };
  assertEquals(whileLoading, { readyz: 503, clients: 503 });

  // It is opened once the server reads it, which sees an empty log then, and SQLite none.
  const pipe = await within(Deno.open(log, { write: true }), "the server to read its log");
  Deno.removeSync(log);
  pipe.close();
  const text = await readUntil(client, "}\n\n");
  assertMatch(text, /^AT Ann \+\S+ kiwi \+1\+1 999\nAT Ann \+\S+ kiwi \+34-118 1000\n/);
  await until(async () => await status("/readyz") === 200);
  assertEquals((await server.end("SIGTERM")).code, 0);
});
