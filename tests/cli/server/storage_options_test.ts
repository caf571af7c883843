// The options of `herd server` about what is kept, and where.

import { assertEquals, assertRejects } from "@std/assert";
import { UsageError } from "../../../src/cli/command/errors.ts";
import server from "../../../src/cli/commands/server.ts";
import { exchange } from "../../support/herds/client.ts";
import { TestContext } from "../../support/fakes/context.ts";
import { until } from "../../support/waiting.ts";
import { testWith } from "../../support/test.ts";
import { writeTopology } from "../../support/files/topology_file.ts";
import { startServer } from "../../support/processes/server_process.ts";
import { temporaryFolder } from "../../support/files/temporary.ts";

const test = testWith("sockets", "disk", "processes");

Deno.test("server refuses a durability that there is not", async () => {
  await assertRejects(
    () => server.invoke(["Goloman", "--durability", "comit"], new TestContext()),
    UsageError,
    "Option '--durability' takes one of relaxed, commit, none, not 'comit': did you mean 'commit'?",
  );
});

test("server refuses a time to retain that is none, before it does anything", async () => {
  using folder = temporaryFolder();
  const { file } = writeTopology(folder.path);
  await assertRejects(
    () => server.invoke(["Goloman", "--topology", file, "--retain", "30"], new TestContext()),
    UsageError,
    "Cannot use '30' as a time",
  );
  assertEquals([...Deno.readDirSync(folder.path)].map((it) => it.name), ["topology.json"]);
});

test("server keeps its data in data/<name>, elsewhere with --data-dir, nowhere with none", async () => {
  using folder = temporaryFolder();
  const herd = { ...writeTopology(folder.path), folder: folder.path };
  await using _goloman = await startServer("Goloman", herd);
  await using _hands = await startServer("Hands", {
    ...herd,
    args: ["--data-dir", "elsewhere"],
    runFlags: ["--allow-read=elsewhere", "--allow-write=elsewhere"],
  });
  await using _holiday = await startServer("Holiday", {
    ...herd,
    args: ["--durability", "none"],
  });
  const names = (path: string) => [...Deno.readDirSync(path)].map((it) => it.name).sort();
  assertEquals(names(folder.path), ["data", "elsewhere", "topology.json"]);
  assertEquals(names(`${folder.path}/data`), ["Goloman"]);
  for (const path of [`${folder.path}/data/Goloman`, `${folder.path}/elsewhere`]) {
    assertEquals(names(path).filter((it) => !/-(wal|shm)$/.test(it)), [
      "herd.lock",
      "herd.sqlite",
    ]);
  }
});

test("server drops what is older than --retain says, and still answers it", async () => {
  using folder = temporaryFolder();
  const herd = { ...writeTopology(folder.path), folder: folder.path };
  // Two: a server that hears nobody goes by its own clock after a minute only.
  const args = ["--retain", "2s"];
  await using goloman = await startServer("Goloman", { ...herd, args });
  await using _hands = await startServer("Hands", { ...herd, args });
  const now = Date.now() / 1000;
  const reply = await exchange(
    goloman.port,
    `IAMAT old +34-118 ${(now - 60).toFixed(3)}\nIAMAT new +34-118 ${now.toFixed(3)}\n`,
  );
  assertEquals(reply.match(/^AT Goloman .* (old|new) /gm)?.length, 2);
  const known = async (client: string) =>
    (await exchange(goloman.port, `WHATSAT ${client} 0 0\n`)).startsWith("AT ");
  await until(async () => !await known("old"));
  await until(async () => !await known("new"));
});
