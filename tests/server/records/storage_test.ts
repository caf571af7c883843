// A server with its records on disk: it has them again after a restart, and it goes on from memory
// when the disk is in trouble, says so, and is level with the disk once that is over.

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { healthOf } from "../../../src/server/health.ts";
import { SystemClock } from "../../../src/server/system.ts";
import { diskStorage, memoryStorage } from "../../../src/server/records/storage.ts";
import { DiskError } from "../../../src/store/disk.ts";
import { lineOf, tellNode } from "../../support/herds/client.ts";
import { TestHerd } from "../../support/herds/herd.ts";
import { until } from "../../support/waiting.ts";
import { recordingLog } from "../../support/fakes/log.ts";
import { testWith } from "../../support/test.ts";

const test = testWith("sockets", "disk");

Deno.test("memoryStorage() knows nothing and has no disk", () => {
  const { store, held, disk } = memoryStorage();
  assertEquals({ records: store.records, size: held.size, disk }, {
    records: 0,
    size: 0,
    disk: undefined,
  });
});

for (const durability of ["relaxed", "commit"] as const) {
  test(`a server with ${durability} has its records again after a restart`, async () => {
    await using herd = new TestHerd({ lone: ["Goloman"], isDurable: true });
    const log = recordingLog();
    const first = await herd.start("Goloman", { durability, log });
    const kiwi = await tellNode(first, "kiwi +34-118 1000");
    const emu = await tellNode(first, "emu +35-119 1000.25");
    const again = await herd.restart("Goloman", { durability, log });
    assertEquals(await lineOf(again, "kiwi"), kiwi);
    assertEquals(await lineOf(again, "emu"), emu);
    // It is the order that decides, as if nothing had happened.
    await tellNode(again, "kiwi +1+1 999");
    assertEquals(await lineOf(again, "kiwi"), kiwi);
    const restored = log.entries.filter((it) => it.event === "store.restored");
    assertEquals(restored.map((it) => [it.fields.records, it.fields.afterCleanStop]), [
      [0, true],
      [2, true],
    ]);
  });
}

test("diskStorage() refuses the folder of a server that runs", async () => {
  await using herd = new TestHerd({ lone: ["Goloman"], isDurable: true });
  const node = await herd.start("Goloman");
  const kiwi = await tellNode(node, "kiwi +34-118 1000");
  const options = {
    folder: herd.folderOf("Goloman"),
    herd: "test",
    server: "Goloman",
    durability: "relaxed",
    clock: new SystemClock(),
    log: recordingLog(),
  } as const;
  await assertRejects(() => diskStorage(options), DiskError, "another process is using");
  const emu = await tellNode(node, "emu +34-118 1000");
  const again = await herd.restart("Goloman");
  assertEquals(await lineOf(again, "kiwi"), kiwi);
  assertEquals(await lineOf(again, "emu"), emu);
});

/** Troubles of a disk in use: what brings one about, what is said, and what ends it. */
const TROUBLES: readonly {
  readonly name: string;
  readonly begin: (folder: string) => void;
  readonly says: string;
  readonly end: (folder: string) => void;
}[] = [
  {
    name: "its file was deleted",
    begin: (folder) => Deno.removeSync(`${folder}/herd.sqlite`),
    says: "it was deleted while the server ran. A new one is being written from memory",
    end: () => {},
  },
  {
    name: "its folder was deleted",
    begin: (folder) => Deno.removeSync(folder, { recursive: true }),
    says: "it was deleted while the server ran. A new one is being written from memory",
    end: () => {},
  },
  {
    name: "its file was replaced",
    begin(folder) {
      Deno.writeTextFileSync(`${folder}/other`, "Dear diary");
      Deno.renameSync(`${folder}/other`, `${folder}/herd.sqlite`);
    },
    says: "it was replaced while the server ran, and is left as it is",
    end(folder) {
      assertEquals(Deno.readTextFileSync(`${folder}/herd.sqlite`), "Dear diary");
      Deno.removeSync(`${folder}/herd.sqlite`);
    },
  },
  {
    name: "a file is in the place of its folder",
    begin(folder) {
      Deno.removeSync(folder, { recursive: true });
      Deno.writeTextFileSync(folder, "Dear diary");
    },
    says: `a folder that the server may read and write`,
    end(folder) {
      assertEquals(Deno.readTextFileSync(folder), "Dear diary");
      Deno.removeSync(folder);
    },
  },
];

for (const { name, begin, says, end } of TROUBLES) {
  test(`a server goes on when ${name}, and is level with the disk later`, async () => {
    await using herd = new TestHerd({ lone: ["Goloman"], isDurable: true });
    const log = recordingLog();
    const node = await herd.start("Goloman", { log });
    const folder = herd.folderOf("Goloman");
    const lines = [await tellNode(node, "before +34-118 1000")];
    await until(() => node.status.records.disk!.pending === 0);
    begin(folder);
    // It notices without being told anything.
    const { fields } = await log.next("store.trouble");
    assertStringIncludes(String(fields.reason), `Cannot use '${folder}/herd.sqlite': `);
    assertStringIncludes(String(fields.reason), says);
    assertEquals(node.status.records.disk!.trouble, fields.reason);
    assertEquals(healthOf(node.status).degraded, ["Its disk takes nothing; the log says why"]);
    lines.push(await tellNode(node, "during +34-118 1000"));
    assertEquals(await lineOf(node, "during"), lines[1]);
    end(folder);
    await log.next("store.recovered");
    await until(() => node.status.records.disk!.pending === 0);
    assertEquals(healthOf(node.status).degraded, []);
    lines.push(await tellNode(node, "after +34-118 1000"));
    const again = await herd.restart("Goloman", { log });
    assertEquals(
      await Promise.all(["before", "during", "after"].map((it) => lineOf(again, it))),
      lines,
    );
  });
}

test("a server whose disk takes nothing stops, and says what is not saved", async () => {
  await using herd = new TestHerd({ lone: ["Goloman"], isDurable: true });
  const log = recordingLog();
  const node = await herd.start("Goloman", { log });
  await tellNode(node, "kiwi +34-118 1000");
  await until(() => node.status.records.disk!.pending === 0);
  const file = `${herd.folderOf("Goloman")}/herd.sqlite`;
  Deno.renameSync(file, `${file}.old`);
  Deno.mkdirSync(file);
  await tellNode(node, "emu +34-118 1000");
  await node.stop();
  const { level, fields } = await log.next("store.unsaved");
  assertEquals({ level, changes: fields.changes }, { level: "error", changes: 1 });
  assertStringIncludes(String(fields.reason), file);
});

test("a server with commit holds replies back while its disk takes nothing", async () => {
  await using herd = new TestHerd({ lone: ["Goloman"], isDurable: true });
  const log = recordingLog();
  const node = await herd.start("Goloman", { durability: "commit", log });
  const file = `${herd.folderOf("Goloman")}/herd.sqlite`;
  Deno.renameSync(file, `${file}.old`);
  Deno.mkdirSync(file);
  let isAnswered = false;
  const answering = tellNode(node, "kiwi +34-118 1000").then((reply) => {
    isAnswered = true;
    return reply;
  });
  await log.next("store.trouble");
  assertEquals({ size: node.store.size, isAnswered }, { size: 1, isAnswered: false });
  Deno.removeSync(file);
  const kiwi = await answering;
  const again = await herd.restart("Goloman");
  assertEquals(await lineOf(again, "kiwi"), kiwi);
});
