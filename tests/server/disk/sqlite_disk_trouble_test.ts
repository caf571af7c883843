// The SQLite file of one server when something is wrong: each trouble is told with the file and what
// helps, and nothing that is not the server's own is changed.

import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { SCHEMA_STEPS } from "../../../src/server/disk/sqlite_schema.ts";
import { DiskError } from "../../../src/store/disk.ts";
import { DataFolder, segment, segmentsOf } from "../../support/files/data_folder.ts";
import { testWith } from "../../support/test.ts";

const test = testWith("disk");

const NOTHING = { removed: [], added: [] };

/** What a `DiskError` says after `Cannot use '<file>': `; it must begin so. */
async function trouble(folder: DataFolder, action: () => Promise<unknown>): Promise<string> {
  const { message } = await assertRejects(action, DiskError);
  const start = `Cannot use '${folder.file}': `;
  assertEquals(message.slice(0, start.length), start);
  return message.slice(start.length);
}

/** Opens and reads a file, which must be refused and left as it is; gives what was said. */
async function refused(folder: DataFolder, more: Parameters<DataFolder["open"]>[0] = {}) {
  const before = Deno.readFileSync(folder.file);
  const said = await trouble(folder, async () => {
    const disk = await folder.open(more);
    await segmentsOf(disk).finally(() => disk.close());
  });
  assertEquals(Deno.readFileSync(folder.file), before);
  return said;
}

/** A folder with a file that has segments 1 to 3, 4 to 6 and so on. */
async function filled(segments = 1): Promise<DataFolder> {
  const folder = new DataFolder();
  const disk = await folder.open();
  for (let i = 0; i < segments; i++) {
    await disk.commit({ removed: [], added: [segment(3 * i + 1, 3 * i + 3)] });
  }
  await disk.close();
  return folder;
}

test("openSqliteDisk() refuses a file that is no database", async () => {
  using folder = new DataFolder();
  Deno.mkdirSync(folder.path, { recursive: true });
  Deno.writeTextFileSync(folder.file, "Dear diary, ".repeat(1000));
  assertEquals(
    await refused(folder),
    "it is damaged (file is not a database). Move it and its -wal file away, or put a backup in " +
      "their place: the neighbours give back what they know",
  );
});

test("commit() writes no more once another server took the folder without seeing the lock", async () => {
  using folder = await filled();
  const disk = await folder.open();
  await disk.commit({ removed: [], added: [segment(4, 6)] });
  // What a machine does that shares the file system, and no locks.
  Deno.writeTextFileSync(`${folder.path}/herd.lock`, "another process");
  const log = Deno.readFileSync(`${folder.file}-wal`);
  for (let i = 0; i < 2; i++) {
    const said = await trouble(folder, () => disk.commit({ removed: [], added: [segment(7, 9)] }));
    assertStringIncludes(said, `another server took '${folder.path}' while this one ran`);
  }
  assertEquals(Deno.readFileSync(`${folder.file}-wal`), log);
  await disk.close();
});

test("openSqliteDisk() refuses another program's database", async () => {
  using folder = new DataFolder();
  Deno.mkdirSync(folder.path, { recursive: true });
  {
    using database = new DatabaseSync(folder.file);
    database.exec("CREATE TABLE diary (entry TEXT); INSERT INTO diary VALUES ('Dear diary')");
  }
  assertEquals(
    await refused(folder),
    "it is not a file of a herd. Move it away, or give another folder with --data-dir",
  );
});

test("openSqliteDisk() refuses a file that a newer program wrote, and leaves its log alone too", async () => {
  using folder = await filled();
  using copy = new DataFolder();
  const newer = await folder.open({ steps: [...SCHEMA_STEPS, "CREATE TABLE later (x)"] });
  await newer.commit({ removed: [], added: [segment(4, 6)] });
  const log = Deno.readFileSync(`${folder.file}-wal`);
  Deno.mkdirSync(copy.path, { recursive: true });
  Deno.copyFileSync(folder.file, copy.file);
  Deno.writeFileSync(`${copy.file}-wal`, log);
  await newer.close();
  assertEquals(
    await refused(copy),
    `it has version ${
      SCHEMA_STEPS.length + 1
    } of the form, which a newer herd wrote. Run that one, ` +
      "or move the file away: the neighbours give back what they know",
  );
  assertEquals(Deno.readFileSync(`${copy.file}-wal`), log);
});

test("openSqliteDisk() refuses another server's file, and another herd's", async () => {
  using folder = await filled();
  assertEquals(
    await refused(folder, { server: "Hands" }),
    "it belongs to server 'Goloman' of herd 'test', not to 'Hands' of 'test'. Give this server a " +
      "folder of its own with --data-dir",
  );
  assertStringIncludes(await refused(folder, { herd: "other" }), "not to 'Goloman' of 'other'");
});

test("openSqliteDisk() refuses a file that was cut short", async () => {
  using folder = await filled(40);
  const { size } = Deno.statSync(folder.file);
  Deno.truncateSync(folder.file, Math.floor(size / 2));
  assertEquals(
    await refused(folder),
    "it is damaged (database disk image is malformed). Move it and its -wal file away, or put a " +
      "backup in their place: the neighbours give back what they know",
  );
});

test("openSqliteDisk() never gives anything else than was written, whichever byte is flipped", async () => {
  using folder = await filled(4);
  const disk = await folder.open();
  const held = new Map([["Hands", { feedId: "a".repeat(32), position: 70_000 }]]);
  await disk.commit({ ...NOTHING, held, mark: { feedId: "b".repeat(32), position: 12 } });
  await disk.close();
  const whole = Deno.readFileSync(folder.file);
  const saved = await folder.saved();
  let refusals = 0;
  for (let at = 60; at < whole.length; at += 1531) {
    const damaged = whole.slice();
    damaged[at]! ^= 1 << at % 8;
    Deno.writeFileSync(folder.file, damaged);
    try {
      assertEquals(await folder.saved(), saved, `byte ${at} was flipped, and it was not noticed`);
    } catch (error) {
      if (!(error instanceof DiskError)) throw error;
      assertStringIncludes(error.message, folder.file);
      refusals++;
    }
  }
  assert(refusals > 0);
});

test("openSqliteDisk() refuses a backup beside the log of the file that it replaced", async () => {
  using folder = new DataFolder();
  const disk = await folder.open();
  await disk.commit({ removed: [], added: [segment(1, 2_000)] });
  const backup = Deno.readFileSync(folder.file);
  const held = (position: number) => new Map([["Hands", { feedId: "a".repeat(32), position }]]);
  // The log does not have this one any more when the next is written.
  await disk.commit({ removed: [], added: [segment(2_001, 2_003)], held: held(1), erases: true });
  await disk.commit({ removed: [], added: [segment(2_004, 2_006)], held: held(2) });
  const log = Deno.readFileSync(`${folder.file}-wal`);
  await disk.close();
  Deno.writeFileSync(folder.file, backup);
  Deno.writeFileSync(`${folder.file}-wal`, log);
  assertStringIncludes(await refused(folder), "its -wal file away");
  assertEquals(Deno.readFileSync(`${folder.file}-wal`), log);
  // As the words say.
  Deno.removeSync(`${folder.file}-wal`);
  assertEquals((await folder.saved()).segments.length, 0);
});

test("openSqliteDisk() refuses positions held that were altered", async () => {
  using folder = await filled();
  {
    using database = new DatabaseSync(folder.file);
    database.exec("INSERT INTO held VALUES ('Hands', 'a', 70000)");
  }
  assertStringIncludes(await refused(folder), "it is damaged (a checksum does not fit)");
});

test("SqliteDisk.segments() says that a record was altered", async () => {
  using folder = await filled();
  {
    using database = new DatabaseSync(folder.file);
    database.exec("UPDATE segment SET bodies = replace(bodies, '+34-118', '+35-118')");
  }
  assertStringIncludes(
    await refused(folder),
    "it is damaged (a checksum does not fit). Move it and its -wal file away, or put a backup",
  );
});

test("openSqliteDisk() refuses a folder that is in use, and the first user goes on", async () => {
  using folder = new DataFolder();
  const disk = await folder.open();
  await disk.commit({ removed: [], added: [segment(1, 3)] });
  assertEquals(
    await trouble(folder, () => folder.open()),
    `another process is using '${folder.path}'. Stop it, or give this server a folder of its own ` +
      "with --data-dir",
  );
  await disk.commit({ removed: [], added: [segment(4, 5)] });
  await disk.close();
  assertEquals((await folder.saved()).segments, [segment(1, 3), segment(4, 5)]);
});

test("SqliteDisk.commit() gives way to another process that has taken the folder", async () => {
  using folder = new DataFolder();
  const disk = await folder.open();
  await disk.commit({ removed: [], added: [segment(1, 3)] });
  Deno.removeSync(`${folder.path}/herd.lock`);
  const other = await folder.open();
  assertStringIncludes(
    await trouble(folder, () => disk.commit({ removed: [3], added: [] })),
    "another process is using",
  );
  await other.commit({ removed: [], added: [segment(4, 5)] });
  await disk.close();
  await other.close();
  assertEquals((await folder.saved()).segments, [segment(1, 3), segment(4, 5)]);
});

test("SqliteDisk.commit() takes the folder again when only the lock was taken away", async () => {
  using folder = new DataFolder();
  const disk = await folder.open();
  Deno.removeSync(`${folder.path}/herd.lock`);
  await disk.commit({ removed: [], added: [segment(1, 3)] });
  await assertRejects(() => folder.open(), DiskError, "another process is using");
  await disk.close();
});

test("openSqliteDisk() refuses a folder in the file's place, and a file in the folder's", async () => {
  using folder = new DataFolder();
  Deno.mkdirSync(folder.file, { recursive: true });
  const help = `Make '${folder.path}' a folder that the server may read and write`;
  assertStringIncludes(await trouble(folder, () => folder.open()), help);
  Deno.removeSync(folder.path, { recursive: true });
  Deno.writeTextFileSync(folder.path, "Dear diary");
  assertStringIncludes(await trouble(folder, () => folder.open()), help);
  assertEquals(Deno.readTextFileSync(folder.path), "Dear diary");
});

test("SqliteDisk.commit() says that the disk is full, changes nothing, and goes on with room", async () => {
  using folder = new DataFolder();
  const disk = await folder.open({ maxPages: 200 });
  const large = segment(1, 10_000);
  {
    // Takes the room away, and gives it back.
    using filler = new DatabaseSync(folder.file);
    filler.exec("CREATE TABLE filler (bytes BLOB); INSERT INTO filler VALUES (zeroblob(700000))");
    assertEquals(
      await trouble(folder, () => disk.commit({ removed: [], added: [large] })),
      "the disk is full (database or disk is full). Make room on it",
    );
    assertEquals(await segmentsOf(disk), []);
    filler.exec("DELETE FROM filler");
  }
  await disk.commit({ removed: [], added: [segment(1, 10_000)] });
  await disk.close();
  assertEquals((await folder.saved()).segments, [segment(1, 10_000)]);
});

test("SqliteDisk.commit() says that another program keeps the file from being written", async () => {
  using folder = new DataFolder();
  const disk = await folder.open();
  {
    using other = new DatabaseSync(folder.file);
    other.exec("BEGIN IMMEDIATE");
    assertEquals(
      await trouble(folder, () => disk.commit({ removed: [], added: [segment(1, 3)] })),
      "another program is writing to it (database is locked). Stop that program",
    );
  }
  await disk.commit({ removed: [], added: [segment(1, 3)] });
  await disk.close();
});

for (const what of ["file", "folder"] as const) {
  test(`SqliteDisk.commit() begins a new file when the ${what} was deleted`, async () => {
    using folder = new DataFolder();
    const disk = await folder.open();
    await disk.commit({ removed: [], added: [segment(1, 3)] });
    Deno.removeSync(what === "file" ? folder.file : folder.path, { recursive: true });
    const error = await assertRejects(() => disk.commit(NOTHING), DiskError);
    assertEquals(error.isEmptied, true);
    assertEquals(
      error.message,
      `Cannot use '${folder.file}': it was deleted while the server ran. A new one is being ` +
        "written from memory",
    );
    await disk.commit({ removed: [], added: [segment(1, 4)] });
    await disk.close();
    assertEquals((await folder.saved()).segments, [segment(1, 4)]);
  });
}

test("SqliteDisk.commit() leaves a file that was moved away complete", async () => {
  using folder = new DataFolder();
  using elsewhere = new DataFolder();
  const disk = await folder.open();
  await disk.commit({ removed: [], added: [segment(1, 3)] });
  const moved = folder.moveAway("herd.sqlite");
  await assertRejects(() => disk.commit(NOTHING), DiskError, "it was deleted");
  await disk.commit({ removed: [], added: [segment(1, 4)] });
  await disk.close();
  Deno.mkdirSync(elsewhere.path, { recursive: true });
  Deno.renameSync(moved, elsewhere.file);
  assertEquals((await elsewhere.saved()).segments, [segment(1, 3)]);
});

test("SqliteDisk.commit() leaves a file alone that was put in place of its own", async () => {
  using folder = new DataFolder();
  using other = await filled(2);
  const disk = await folder.open();
  await disk.commit({ removed: [], added: [segment(1, 3)] });
  Deno.renameSync(other.file, folder.file);
  const before = Deno.readFileSync(folder.file);
  const said = await trouble(folder, () => disk.commit({ removed: [], added: [segment(4, 9)] }));
  assertEquals(
    said,
    "it was replaced while the server ran, and is left as it is. Move it away, and a new one is " +
      "written from memory; to start from it, stop the server first",
  );
  folder.moveAway("herd.sqlite");
  await assertRejects(() => disk.commit(NOTHING), DiskError, "it was deleted");
  await disk.commit({ removed: [], added: [segment(1, 4)] });
  await disk.close();
  assertEquals((await folder.saved()).segments, [segment(1, 4)]);
  assertEquals(before, Deno.readFileSync(`${folder.path}/../../herd.sqlite`));
});

test("SqliteDisk.close() leaves a file and its log alone that were put in place of its own", async () => {
  using folder = new DataFolder();
  using other = new DataFolder();
  const disk = await folder.open();
  await disk.commit({ removed: [], added: [segment(1, 3)] });
  const otherDisk = await other.open();
  await otherDisk.commit({ removed: [], added: [segment(1, 5)] });
  Deno.removeSync(folder.path, { recursive: true });
  Deno.mkdirSync(folder.path);
  for (const end of ["", "-wal"]) Deno.copyFileSync(other.file + end, folder.file + end);
  await assertRejects(() => disk.commit(NOTHING), DiskError, "it was replaced");
  await disk.close();
  await otherDisk.close();
  assertEquals((await folder.saved()).segments, [segment(1, 5)]);
});

test("SqliteDisk.commit() takes away nothing that it did not make, when no new file can be made", async () => {
  using folder = new DataFolder();
  using other = await filled(2);
  const disk = await folder.open();
  Deno.removeSync(folder.file);
  // In the way of the new file's log.
  Deno.removeSync(`${folder.file}-wal`);
  Deno.mkdirSync(`${folder.file}-wal/obstacle`, { recursive: true });
  for (let i = 0; i < 2; i++) {
    assertStringIncludes(
      await trouble(folder, () => disk.commit(NOTHING)),
      `Make '${folder.path}' a folder that the server may read and write`,
    );
  }
  Deno.removeSync(`${folder.file}-wal`, { recursive: true });
  Deno.renameSync(other.file, folder.file);
  await assertRejects(() => disk.commit(NOTHING), DiskError, "it was replaced");
  await disk.close();
  assertEquals((await folder.saved()).segments, [segment(1, 3), segment(4, 6)]);
});
