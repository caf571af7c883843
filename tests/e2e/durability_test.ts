// Servers as processes that are killed, started twice on one folder, and run out of disk.

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { openSqliteDisk } from "../../src/server/disk/sqlite_disk.ts";
import { AcknowledgedLoad } from "../support/load/acknowledged_load.ts";
import { exchange } from "../support/herds/client.ts";
import { until } from "../support/waiting.ts";
import { killAgainAndAgain } from "../support/load/kills.ts";
import { recordingLog } from "../support/fakes/log.ts";
import { freePort } from "../support/processes/ports.ts";
import { testWith } from "../support/test.ts";
import { writeTopology } from "../support/files/topology_file.ts";
import { runHerd, type ServerProcess, startServer } from "../support/processes/server_process.ts";
import { temporaryFolder } from "../support/files/temporary.ts";

const test = testWith("sockets", "disk", "processes");

// `deno task kills` does the same for much longer, and says how much was lost.

test("commit: no acknowledged update is lost when the server is killed under load", async () => {
  using temporary = temporaryFolder();
  const folder = temporary.path;
  const kills = await killAgainAndAgain({ folder, durability: "commit", servers: 1, kills: 10 });
  assertEquals(kills.map(({ lost }) => lost), Array(10).fill(0));
});

test("relaxed: a herd agrees after one of its servers was killed under load", async () => {
  using temporary = temporaryFolder();
  const folder = temporary.path;
  const kills = await killAgainAndAgain({ folder, durability: "relaxed", servers: 3, kills: 4 });
  // News had reached a neighbour before each kill, so that it never loses all.
  for (const { acknowledged, lost } of kills) {
    assert(lost < acknowledged, `${lost} of ${acknowledged}`);
  }
});

/** The update that a server has of a client. */
async function whereIs({ port }: ServerProcess, client: string): Promise<string | undefined> {
  const reply = await exchange(port, `WHATSAT ${client} 0 0\n`);
  return reply.startsWith("AT ") ? reply.slice(0, reply.indexOf("\n") + 1) : undefined;
}

test("a second process on a server's folder is refused, and the first goes on", async () => {
  using temporary = temporaryFolder();
  const folder = temporary.path;
  const { file, topology } = writeTopology(folder);
  await using server = await startServer("Goloman", { file, topology, folder });
  const port = ["--port", String(freePort())];
  const args = ["server", "Goloman", "--topology", file, "--places", "gazetteer", ...port];
  assertEquals(await runHerd([...args, "--log-level", "error"], { cwd: folder }), {
    code: 2,
    stdout: "",
    stderr:
      "herd: Cannot use 'data/Goloman/herd.sqlite': another process is using 'data/Goloman'. Stop " +
      "it, or give this server a folder of its own with --data-dir, or start with --durability none\n",
  });
  const kiwi = await exchange(server.port, "IAMAT kiwi +34-118 1000\n");
  assertEquals(await whereIs(server, "kiwi"), kiwi);
});

test("a file and a folder that may not be written are refused, and said to be so", async () => {
  using temporary = temporaryFolder();
  const folder = temporary.path;
  const { file } = writeTopology(folder);
  // The superuser may write everywhere, unless that is taken away.
  const before = Deno.uid() === 0
    ? ["setpriv", "--bounding-set", "-dac_override", "--inh-caps", "-dac_override"]
    : [];
  const start = (data: string) => {
    const args = ["server", "Goloman", "--topology", file, "--places", "gazetteer"];
    return runHerd([...args, "--data-dir", data], { cwd: folder, before });
  };
  const readOnly = `${folder}/file`;
  const own = { herd: "test", server: "Goloman", isSynchronous: false };
  await (await openSqliteDisk({ folder: readOnly, ...own })).close();
  Deno.chmodSync(`${readOnly}/herd.sqlite`, 0o400);
  const bytes = Deno.readFileSync(`${readOnly}/herd.sqlite`);
  assertEquals(await start(readOnly), {
    code: 2,
    stdout: "",
    stderr: `herd: Cannot use '${readOnly}/herd.sqlite': it is read-only (attempt to write a ` +
      `readonly database). Make it and '${readOnly}' writable, or start with --durability none\n`,
  });
  assertEquals(Deno.readFileSync(`${readOnly}/herd.sqlite`), bytes);

  const empty = `${folder}/empty`;
  Deno.mkdirSync(empty, { mode: 0o500 });
  const { code, stderr } = await start(empty);
  assertStringIncludes(stderr, `Cannot use '${empty}/herd.sqlite': `);
  assertMatch(stderr, /Make '.+' a folder that the server may read and write, or start with --dur/);
  assertEquals(code, 2);
  assertEquals([...Deno.readDirSync(empty)], []);
});

test("a server that may not write goes on, says so, and has all on disk once it may", async () => {
  using temporary = temporaryFolder();
  const folder = temporary.path;
  const { file, topology } = writeTopology(folder);
  const log = recordingLog();
  const options = {
    file,
    topology,
    folder,
    args: ["--log-level", "info"],
    onLog(line: string) {
      const { event, ...fields } = JSON.parse(line);
      log.info(event, fields);
    },
  };
  const load = new AcknowledgedLoad({ connections: 4, depth: 100, clients: 20_000 });
  let stored: readonly number[];
  {
    // Over the limit a write fails, as with a quota; the signal that would come first is ignored.
    await using server = await startServer("Goloman", { ...options, shell: "trap '' XFSZ" });
    load.start(server.port);
    await until(() => load.acknowledged.length > 5_000);
    await limitFiles(server.pid, 4096);
    const { fields } = await log.next("store.trouble");
    assertMatch(
      String(fields.reason),
      /^Cannot use 'data\/Goloman\/herd\.sqlite': the disk (is full|fails, or the file is damaged) \(.+\)\. [LM]/,
    );
    const { length } = load.acknowledged;
    await until(() => load.acknowledged.length > length + 10_000);
    await limitFiles(server.pid, "unlimited");
    await log.next("store.recovered");
    await load.stop();
    stored = await load.stored(server.port);
    assertEquals((await server.end("SIGTERM")).code, 0);
  }
  await using again = await startServer("Goloman", options);
  assertEquals(await load.stored(again.port), stored);
  const restored = log.entries.filter((it) => it.event === "store.restored");
  assertEquals(restored.map((it) => it.fields.afterCleanStop), [true, true]);
});

test("a backup that was taken under load is a server's folder", async () => {
  using temporary = temporaryFolder();
  const folder = temporary.path;
  const { file, topology } = writeTopology(folder);
  const options = { file, topology, folder, args: ["--durability", "commit"] };
  const load = new AcknowledgedLoad({ connections: 4, depth: 100, clients: 20_000 });
  let before: number;
  {
    await using server = await startServer("Goloman", options);
    load.start(server.port);
    await until(() => load.acknowledged.length > 2_000);
    before = load.acknowledged.length;
    const { code, stdout, stderr } = await runHerd(["backup", "Goloman", "copy.sqlite"], {
      cwd: folder,
    });
    assertEquals({ code, stderr }, { code: 0, stderr: "" });
    assertMatch(stdout, /^copy\.sqlite: \d+ KiB\n$/);
    await load.stop();
  }
  Deno.removeSync(`${folder}/data/Goloman`, { recursive: true });
  Deno.mkdirSync(`${folder}/data/Goloman`);
  Deno.renameSync(`${folder}/copy.sqlite`, `${folder}/data/Goloman/herd.sqlite`);
  await using again = await startServer("Goloman", options);
  const stored = await load.stored(again.port);
  // What was acknowledged before it began is in the copy; and no more than was told at all.
  for (const { number } of load.acknowledged.slice(0, before)) {
    assert(stored[load.clientOf(number)]! >= number, `${number} is not in the copy`);
  }
});

/** Sets the size that files of a process may have from now on. */
async function limitFiles(pid: number, bytes: number | "unlimited"): Promise<void> {
  const { code } = await new Deno.Command("prlimit", {
    args: ["--pid", String(pid), `--fsize=${bytes}:`],
  }).output();
  assertEquals(code, 0);
}
