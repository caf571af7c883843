// Copies of a server's file: whole, of one instant, however busy the server is; and never over
// anything that is there.

import { assert, assertEquals, assertRejects } from "@std/assert";
import { DatabaseSync } from "node:sqlite";
import { backUp } from "../../../src/server/disk/backup.ts";
import { ConfigError } from "../../../src/base/errors.ts";
import { DataFolder, segment } from "../../support/files/data_folder.ts";
import { testWith } from "../../support/test.ts";
import { temporaryFolder } from "../../support/files/temporary.ts";

const test = testWith("disk");

/** Puts a copy in the place of a file, and opens that. */
async function restored(folder: DataFolder, target: string) {
  Deno.removeSync(folder.path, { recursive: true });
  Deno.mkdirSync(folder.path);
  Deno.renameSync(target, folder.file);
  return await folder.saved();
}

test("backUp() copies what is in the file, and in its log, of a server that runs", async () => {
  using folder = new DataFolder();
  using elsewhere = temporaryFolder();
  const target = `${elsewhere.path}/copy.sqlite`;
  const disk = await folder.open();
  const held = new Map([["Hands", { feedId: "a".repeat(32), position: 9 }]]);
  await disk.commit({ removed: [], added: [segment(1, 2000)], held });
  assertEquals(await backUp(folder.path, target), Deno.statSync(target).size);
  await disk.commit({ removed: [], added: [segment(2001, 2002)] });
  await disk.close();
  const { segments, held: heldThen, mark } = await restored(folder, target);
  assertEquals(segments, [segment(1, 2000)]);
  assertEquals({ heldThen, mark }, { heldThen: held, mark: undefined });
});

test("backUp() copies the file of a server that was stopped", async () => {
  using folder = new DataFolder();
  using elsewhere = temporaryFolder();
  const target = `${elsewhere.path}/copy.sqlite`;
  const disk = await folder.open();
  const mark = { feedId: "a".repeat(32), position: 3 };
  await disk.commit({ removed: [], added: [segment(1, 3)], mark });
  await disk.close();
  const before = Deno.readFileSync(folder.file);
  await backUp(folder.path, target);
  assertEquals(Deno.readFileSync(folder.file), before);
  const saved = await restored(folder, target);
  assertEquals({ segments: saved.segments, mark: saved.mark }, { segments: [segment(1, 3)], mark });
});

test("backUp() ends though the server writes all the while, and is of one instant", async () => {
  using folder = new DataFolder();
  using elsewhere = temporaryFolder();
  const target = `${elsewhere.path}/copy.sqlite`;
  const disk = await folder.open();
  let end = 0;
  const commit = async (count: number) => {
    const held = new Map([["Hands", { feedId: "a".repeat(32), position: end + count }]]);
    await disk.commit({ removed: [], added: [segment(end + 1, end + count)], held });
    end += count;
  };
  // More pages than are copied in no time.
  for (let i = 0; i < 10; i++) await commit(10_000);
  const backingUp = backUp(folder.path, target);
  let isOver = false;
  backingUp.finally(() => isOver = true).catch(() => {});
  while (!isOver) await commit(100);
  await backingUp;
  await disk.close();
  const { segments, held } = await restored(folder, target);
  const { position } = held.get("Hands")!;
  assert(position >= 100_000 && position <= end, `${position}`);
  // The positions held say of which instant it is: all segments up to there, and no more.
  assertEquals(segments.at(-1)!.last, position);
  assertEquals(segments.reduce((sum, it) => sum + it.positions.length, 0), position);
});

test("backUp() never writes over what is there", async () => {
  using folder = new DataFolder();
  using elsewhere = temporaryFolder();
  const target = `${elsewhere.path}/copy.sqlite`;
  await (await folder.open()).close();
  Deno.writeTextFileSync(target, "Dear diary");
  const { message } = await assertRejects(() => backUp(folder.path, target), ConfigError);
  assertEquals(message, `Cannot back up to '${target}': something is there already`);
  assertEquals(Deno.readTextFileSync(target), "Dear diary");
  Deno.removeSync(target);
  // A link that leads nowhere is something too.
  Deno.symlinkSync("/nowhere", target);
  await assertRejects(() => backUp(folder.path, target), ConfigError, "something is there already");
});

test("backUp() says that there is nothing to copy", async () => {
  using folder = new DataFolder();
  using elsewhere = temporaryFolder();
  const target = `${elsewhere.path}/copy.sqlite`;
  const { message } = await assertRejects(() => backUp(folder.path, target), ConfigError);
  assertEquals(message, `Cannot back up '${folder.file}': there is no such file`);
  await assertRejects(() => Deno.stat(target), Deno.errors.NotFound);
});

test("backUp() leaves nothing behind when it fails", async () => {
  using folder = new DataFolder();
  using elsewhere = temporaryFolder();
  const target = `${elsewhere.path}/copy.sqlite`;
  Deno.mkdirSync(folder.path, { recursive: true });
  Deno.writeTextFileSync(folder.file, "Dear diary, ".repeat(1000));
  const { message } = await assertRejects(() => backUp(folder.path, target), ConfigError);
  assertEquals(message, `Cannot back up '${folder.file}' to '${target}': file is not a database`);
  await assertRejects(() => Deno.stat(target), Deno.errors.NotFound);
  Deno.removeSync(folder.file);
  await (await folder.open()).close();
  for (const nowhere of [`${target}/copy.sqlite`, `${folder.file}/copy.sqlite`]) {
    await assertRejects(() => backUp(folder.path, nowhere), ConfigError, `to '${nowhere}': `);
  }
});

test("backUp() makes a database that other programs read", async () => {
  using folder = new DataFolder();
  using elsewhere = temporaryFolder();
  const target = `${elsewhere.path}/copy.sqlite`;
  const disk = await folder.open();
  await disk.commit({ removed: [], added: [segment(1, 3)] });
  await backUp(folder.path, target);
  await disk.close();
  using copy = new DatabaseSync(target, { readOnly: true });
  assertEquals(copy.prepare("PRAGMA integrity_check").get(), { integrity_check: "ok" });
  assertEquals(copy.prepare("SELECT herd, server FROM owner").get(), {
    herd: "test",
    server: "Goloman",
  });
});
