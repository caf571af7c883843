// The log of SQLite as crashes and rot leave it: what a crash leaves is taken, what rot leaves is refused,
// and nothing is lost in silence.

import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "../../support/properties.ts";
import { inspectLog } from "../../../src/server/disk/sqlite_log.ts";
import { DiskError } from "../../../src/store/disk.ts";
import { DataFolder, segment } from "../../support/files/data_folder.ts";
import { testWith } from "../../support/test.ts";

const test = testWith("disk");

/** Bytes of a frame: its header, and a page of 4 KiB. */
const FRAME_BYTES = 24 + 4096;

/** A file and its log as SIGKILL leaves them, of a server with records 1 to `3 * commits`. */
async function crashed(commits: number) {
  using folder = new DataFolder();
  const disk = await folder.open({ isSynchronous: true });
  for (let i = 0; i < commits; i++) {
    await disk.commit({ removed: [], added: [segment(3 * i + 1, 3 * i + 3)] });
  }
  const file = Deno.readFileSync(folder.file);
  const log = Deno.readFileSync(`${folder.file}-wal`);
  await disk.close();
  return { file, log };
}

/** The positions that a start finds, and whether it said that the log is torn. */
async function start(file: Uint8Array, log: Uint8Array) {
  using folder = new DataFolder();
  Deno.mkdirSync(folder.path, { recursive: true });
  Deno.writeFileSync(folder.file, file);
  Deno.writeFileSync(`${folder.file}-wal`, log);
  let isTorn = false;
  const disk = await folder.open({ onTorn: () => isTorn = true });
  const last = disk.saved.segments.at(-1)?.last ?? 0;
  for await (const _ of disk.segments());
  await disk.close();
  return { last, isTorn };
}

test("a log that a crash left whole is taken, and so is one that was torn at its end", async () => {
  const { file, log } = await crashed(5);
  assertEquals(inspectLog(log), "whole");
  assertEquals(await start(file, log), { last: 15, isTorn: false });
  for (const cut of [1, 100, FRAME_BYTES - 1]) {
    const torn = log.slice(0, log.length - cut);
    assertEquals(inspectLog(torn), cut > FRAME_BYTES - 16 ? "whole" : "torn", `${cut} bytes less`);
    assert((await start(file, torn)).last >= 12, `${cut} bytes less`);
  }
  // A frame that was never written, behind one that was.
  const unwritten = log.slice();
  unwritten.fill(0, log.length - FRAME_BYTES);
  assertEquals(inspectLog(unwritten), "whole");
  assertEquals((await start(file, unwritten)).last, 12);
});

test("a log with a flipped bit is refused, or said to be torn: no record is lost in silence", async () => {
  const { file, log } = await crashed(5);
  const lastFrame = log.length - FRAME_BYTES;
  await fc.assert(
    fc.asyncProperty(fc.nat(log.length - 1), fc.nat(7), async (at, bit) => {
      const damaged = log.slice();
      damaged[at]! ^= 1 << bit;
      const state = inspectLog(damaged);
      assertEquals(state, at < lastFrame || isSalt(at - lastFrame) ? "damaged" : "torn");
      if (state === "damaged") {
        const { message } = await assertRejects(() => start(file, damaged), DiskError);
        assert(message.includes("others follow it"), message);
      } else assertEquals(await start(file, damaged), { last: 12, isTorn: true });
    }),
    { numRuns: 100 },
  );
});

/** True for the salts of a frame, which its checksum does not cover. */
function isSalt(offset: number): boolean {
  return offset >= 8 && offset < 16;
}

test("a file with a flipped bit is refused, or gives all that it has", async () => {
  using folder = new DataFolder();
  const disk = await folder.open();
  for (let i = 0; i < 5; i++) {
    await disk.commit({ removed: [], added: [segment(3 * i + 1, 3 * i + 3)] });
  }
  await disk.close();
  const file = Deno.readFileSync(folder.file);
  await fc.assert(
    fc.asyncProperty(fc.nat(file.length - 1), fc.nat(7), async (at, bit) => {
      const damaged = file.slice();
      damaged[at]! ^= 1 << bit;
      try {
        assertEquals((await start(damaged, new Uint8Array(0))).last, 15);
      } catch (error) {
        if (!(error instanceof DiskError)) throw error;
      }
    }),
    { numRuns: 100 },
  );
});

Deno.test("inspectLog() takes any bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    assert(["whole", "torn", "damaged"].includes(inspectLog(bytes)));
  }));
});
