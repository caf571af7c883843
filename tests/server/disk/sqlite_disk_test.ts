// The SQLite file of one server when all is well: what a transaction says comes back, all of it or
// nothing; files of older programs are taken over; what is to leave no trace leaves none.

import { assertEquals, assertRejects } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { SCHEMA_STEPS } from "../../../src/server/disk/sqlite_schema.ts";
import { DiskError } from "../../../src/store/disk.ts";
import { DataFolder, segment, segmentsOf, textIn } from "../../support/files/data_folder.ts";
import { until } from "../../support/waiting.ts";
import { testWith } from "../../support/test.ts";

const test = testWith("disk");

const HELD = new Map([
  ["Hands", { feedId: "a".repeat(32), position: 2 ** 52 }],
  ["Holiday", { feedId: "b".repeat(32), position: 0 }],
]);
const FORMER_FEEDS = [
  { feedId: "d".repeat(32), position: 3, acknowledged: undefined },
  {
    feedId: "c".repeat(32),
    position: 9,
    acknowledged: new Map([["Hands", { incarnation: "3".repeat(32), position: 8 }]]),
  },
];
const MARK = { feedId: "e".repeat(32), position: 12 };
const FEED = {
  feedId: "f".repeat(32),
  acknowledged: new Map([
    ["Wilkes", { incarnation: "1".repeat(32), position: 7 }],
    ["Hands", { incarnation: "2".repeat(32), position: 0 }],
  ]),
};
const ALL = { held: HELD, feed: FEED, formerFeeds: FORMER_FEEDS, mark: MARK };

test("openSqliteDisk() makes a folder and a file that knows nothing", async () => {
  using folder = new DataFolder();
  assertEquals(await folder.saved(), {
    segments: [],
    held: new Map(),
    feed: undefined,
    formerFeeds: [],
    mark: undefined,
  });
});

const modeOf = (path: string) => (Deno.statSync(path).mode! & 0o777).toString(8);

testWith("disk", "unix")(
  "openSqliteDisk() keeps what it makes for its owner, and takes it from others",
  async () => {
    using folder = new DataFolder();
    for (const position of [1, 2]) {
      const disk = await folder.open();
      await disk.commit({ removed: [], added: [segment(position, position)], ...ALL });
      for (const end of ["", "-wal", "-shm"]) assertEquals(modeOf(folder.file + end), "600", end);
      await disk.close();
      assertEquals(modeOf(folder.path), "700");
      // As an older version left it.
      Deno.chmodSync(folder.file, 0o644);
    }
  },
);

test("SqliteDisk.commit() is there in full after closing and opening", async () => {
  using folder = new DataFolder();
  const disk = await folder.open();
  await disk.commit({ removed: [], added: [segment(1, 3), segment(4, 4)], ...ALL });
  await disk.close();
  assertEquals(await folder.saved(), { segments: [segment(1, 3), segment(4, 4)], ...ALL });
  using database = new DatabaseSync(folder.file, { readOnly: true });
  assertEquals(database.prepare("PRAGMA integrity_check").get(), { integrity_check: "ok" });
});

test("SqliteDisk.commit() is there without closing, as after a crash", async () => {
  using folder = new DataFolder();
  using copy = new DataFolder();
  const disk = await folder.open();
  await disk.commit({ removed: [], added: [segment(1, 3)], ...ALL });
  Deno.mkdirSync(copy.path, { recursive: true });
  for (const end of ["", "-wal"]) Deno.copyFileSync(folder.file + end, copy.file + end);
  assertEquals(await copy.saved(), { segments: [segment(1, 3)], ...ALL });
  await disk.close();
});

test("SqliteDisk.commit() changes what it names and leaves the rest", async () => {
  using folder = new DataFolder();
  const disk = await folder.open();
  await disk.commit({ removed: [], added: [segment(1, 2), segment(3, 5)], ...ALL });
  await disk.commit({ removed: [5], added: [segment(3, 6)] });
  assertEquals(await segmentsOf(disk), [segment(1, 2), segment(3, 6)]);
  await disk.commit({ removed: [], added: [], mark: null });
  await disk.commit({ removed: [2], added: [], held: new Map() });
  await disk.commit({ removed: [], added: [] });
  await disk.close();
  assertEquals(await folder.saved(), {
    segments: [segment(3, 6)],
    held: new Map(),
    feed: FEED,
    formerFeeds: FORMER_FEEDS,
    mark: undefined,
  });
});

test("SqliteDisk.commit() saves positions held that come back to an earlier value", async () => {
  using folder = new DataFolder();
  const disk = await folder.open();
  for (const position of [1, 2, 2, 1]) {
    const held = new Map([["Hands", { feedId: "a".repeat(32), position }]]);
    await disk.commit({ removed: [], added: [], held });
  }
  await disk.close();
  assertEquals((await folder.saved()).held.get("Hands")?.position, 1);
});

test("SqliteDisk.commit() that fails in its middle has changed nothing", async () => {
  using folder = new DataFolder();
  const disk = await folder.open();
  await disk.commit({ removed: [], added: [segment(1, 2), segment(3, 5)], ...ALL });
  // The last one is there already.
  const added = [segment(6, 8), segment(3, 5)];
  await assertRejects(
    () => disk.commit({ removed: [2], added, held: new Map(), formerFeeds: [], mark: null }),
    DiskError,
  );
  assertEquals(await segmentsOf(disk), [segment(1, 2), segment(3, 5)]);
  await disk.commit({ removed: [2], added: [segment(6, 6)] });
  await disk.close();
  assertEquals(await folder.saved(), { segments: [segment(3, 5), segment(6, 6)], ...ALL });
});

test("SqliteDisk.segments() gives much more than one reading of the thread's, in order", async () => {
  using folder = new DataFolder();
  const disk = await folder.open();
  const added = Array.from({ length: 60 }, (_, i) => segment(i * 3000 + 1, i * 3000 + 3000));
  for (const it of added.toReversed()) await disk.commit({ removed: [], added: [clone(it)] });
  await disk.close();
  const again = await folder.open();
  assertEquals(again.saved.segments.map((it) => it.count), added.map(() => 3000));
  assertEquals((await segmentsOf(again)).map((it) => it.last), added.map((it) => it.last));
  assertEquals(await segmentsOf(again), added);
  await again.close();
});

/** A commit takes the buffers away. */
function clone(it: ReturnType<typeof segment>): ReturnType<typeof segment> {
  return { ...it, positions: it.positions.slice(), bodies: it.bodies.slice() };
}

test("openSqliteDisk() gives a file of an older version the steps that it lacks", async () => {
  using folder = new DataFolder();
  const old = await folder.open();
  await old.commit({ removed: [], added: [segment(1, 3)], ...ALL });
  await old.close();
  const steps = [
    ...SCHEMA_STEPS,
    "ALTER TABLE held ADD COLUMN since INTEGER",
    "CREATE TABLE note (text TEXT); INSERT INTO note VALUES ('migrated')",
  ];
  const disk = await folder.open({ steps });
  assertEquals(await segmentsOf(disk), [segment(1, 3)]);
  assertEquals(disk.saved.held, HELD);
  await disk.close();
  {
    using database = new DatabaseSync(folder.file, { readOnly: true });
    const notes = database.prepare("SELECT text FROM note").all().map((it) => it.text);
    assertEquals(notes, ["migrated"]);
    const version = database.prepare("PRAGMA user_version").get();
    assertEquals(version, { user_version: SCHEMA_STEPS.length + 2 });
  }
  // Once only.
  await (await folder.open({ steps })).close();
});

test("openSqliteDisk() takes over a file of the first version, which knows no acknowledgements", async () => {
  using folder = new DataFolder();
  const old = await folder.open({ steps: SCHEMA_STEPS.slice(0, 1) });
  await old.commit({ removed: [], added: [segment(1, 3)], held: HELD, mark: MARK });
  await old.close();
  const disk = await folder.open();
  const { held, feed, formerFeeds, mark } = disk.saved;
  assertEquals({ held, feed, formerFeeds, mark }, {
    held: HELD,
    feed: undefined,
    formerFeeds: [],
    mark: MARK,
  });
  await disk.commit({ removed: [], added: [segment(4, 4)], ...ALL });
  await disk.close();
  assertEquals(await folder.saved(), { segments: [segment(1, 3), segment(4, 4)], ...ALL });
});

test("openSqliteDisk() leaves a file as it was when a step fails", async () => {
  using folder = new DataFolder();
  const old = await folder.open();
  await old.commit({ removed: [], added: [segment(1, 3)], ...ALL });
  await old.close();
  const steps = [...SCHEMA_STEPS, "DROP TABLE segment", "This is not SQL"];
  await assertRejects(() => folder.open({ steps }), DiskError, folder.file);
  assertEquals(await folder.saved(), { segments: [segment(1, 3)], ...ALL });
});

test("SqliteDisk.commit() that erases leaves no trace of what it takes out", async () => {
  using folder = new DataFolder();
  const disk = await folder.open();
  await disk.commit({ removed: [], added: [segment(1, 900, "+66.6+66.6")] });
  assertEquals(textIn(folder.path).includes("+66.6"), true);
  await disk.commit({ removed: [900], added: [segment(1, 2)], erases: true });
  assertEquals(textIn(folder.path).includes("+66.6"), false);
  await disk.close();
});

test("SqliteDisk.commit() that erases while somebody reads does so when they are done", async () => {
  using folder = new DataFolder();
  const disk = await folder.open();
  await disk.commit({ removed: [], added: [segment(1, 9, "+66.6+66.6")] });
  {
    using reader = new DatabaseSync(folder.file, { readOnly: true });
    reader.exec("BEGIN");
    reader.prepare("SELECT count(*) FROM segment").get();
    await disk.commit({ removed: [9], added: [segment(1, 2)], erases: true });
    await disk.commit({ removed: [], added: [segment(10, 10)] });
    assertEquals(textIn(folder.path).includes("+66.6"), true);
  }
  await until(() => !textIn(folder.path).includes("+66.6"));
  assertEquals(await segmentsOf(disk), [segment(1, 2), segment(10, 10)]);
  await disk.close();
});

test("SqliteDisk.commit() erases what a crash kept from being erased", async () => {
  using folder = new DataFolder();
  using copy = new DataFolder();
  const disk = await folder.open();
  await disk.commit({ removed: [], added: [segment(1, 9, "+66.6+66.6")] });
  await disk.commit({ removed: [9], added: [segment(1, 2)] });
  Deno.mkdirSync(copy.path, { recursive: true });
  for (const end of ["", "-wal"]) Deno.copyFileSync(folder.file + end, copy.file + end);
  await disk.close();
  assertEquals(textIn(copy.path).includes("+66.6"), true);
  const again = await copy.open();
  await again.commit({ removed: [], added: [] });
  assertEquals(textIn(copy.path).includes("+66.6"), false);
  await again.close();
});
