// The log of SQLite as crashes and rot leave it: what a crash leaves is taken, what rot leaves is refused,
// and nothing is lost in silence.

import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "../../support/properties.ts";
import { inspectLog } from "../../../src/server/disk/sqlite_log.ts";
import { DiskError } from "../../../src/store/disk.ts";
import { DataFolder, segment } from "../../support/files/data_folder.ts";
import { testWith } from "../../support/test.ts";

const test = testWith("disk");

const HEADER_BYTES = 32;

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

const LITTLE_ENDIAN = 0x377f0682;
const SALTS = [7, 8];

/** A log as the description of SQLite's format has it, of so many frames, with pages of ones. */
function logOf(
  frames: number,
  {
    magic = LITTLE_ENDIAN,
    pageBytes = 512,
    salts = SALTS,
    frameSalts = SALTS,
  } = {},
): Uint8Array {
  const bytes = new Uint8Array(HEADER_BYTES + frames * (24 + pageBytes));
  const view = new DataView(bytes.buffer);
  const isLittle = magic === LITTLE_ENDIAN;
  const sums = [0, 0];
  const put = (at: number, ...words: number[]) =>
    words.forEach((it, i) => view.setUint32(at + 4 * i, it));
  const sum = (start: number, end: number) => {
    for (let at = start; at < end; at += 8) {
      sums[0] = (sums[0]! + view.getUint32(at, isLittle) + sums[1]!) % 2 ** 32;
      sums[1] = (sums[1]! + view.getUint32(at + 4, isLittle) + sums[0]!) % 2 ** 32;
    }
  };
  put(0, magic, 3_007_000, pageBytes, 0, ...salts);
  sum(0, 24);
  put(24, ...sums);
  for (let frame = 0; frame < frames; frame++) {
    const at = HEADER_BYTES + frame * (24 + pageBytes);
    put(at, frame + 1, frame + 1, ...frameSalts);
    bytes.fill(1, at + 24, at + 24 + pageBytes);
    sum(at, at + 8);
    sum(at + 24, at + 24 + pageBytes);
    put(at + 16, ...sums);
  }
  return bytes;
}

/** A log with some of its bytes changed. */
function changed(log: Uint8Array, start: number, end: number, value = 0): Uint8Array {
  return log.slice().fill(value, start, end);
}

Deno.test("inspectLog() tells what a crash leaves from what it does not, at each bound", () => {
  const log = logOf(3);
  const frameBytes = (log.length - HEADER_BYTES) / 3;
  const second = HEADER_BYTES + frameBytes;
  const cases: [what: string, log: Uint8Array, state: ReturnType<typeof inspectLog>][] = [
    ["nothing", log.slice(0, 0), "whole"],
    ["zeros", new Uint8Array(1_000), "whole"],
    ["a header that is not complete", log.slice(0, HEADER_BYTES - 1), "torn"],
    ["a header alone", log.slice(0, HEADER_BYTES), "whole"],
    ["a header alone that does not fit", changed(log, 12, 13, 1).slice(0, HEADER_BYTES), "torn"],
    ["a byte behind that", changed(log, 12, 13, 1).slice(0, HEADER_BYTES + 1), "damaged"],
    ["three frames", log, "whole"],
    ["those of a machine of the other byte order", logOf(3, { magic: 0x377f0683 }), "whole"],
    ["another magic number", logOf(3, { magic: 0x377f0684 }), "damaged"],
    ["the largest pages", logOf(2, { pageBytes: 65_536 }), "whole"],
    ["pages that are too small", logOf(3, { pageBytes: 256 }), "damaged"],
    ["a page that is damaged", changed(log, second + 24, second + 25), "damaged"],
    ["the same in the last one", changed(log, log.length - 1, log.length), "torn"],
    ["a frame that is gone, before another", changed(log, second, second + frameBytes), "damaged"],
    ["the last frames gone", changed(log, second, log.length), "whole"],
    [
      "salts of another round and a checksum that fits",
      logOf(1, { frameSalts: [6, 9] }),
      "damaged",
    ],
    ["a frame whose salts are cut off", log.slice(0, second + 15), "whole"],
    ["a frame that is cut off behind them", log.slice(0, second + 16), "torn"],
  ];
  for (const [what, bytes, state] of cases) assertEquals([what, inspectLog(bytes)], [what, state]);
  // Each round writes over the one before, of which the rest stays.
  const rest = logOf(3, { salts: [6, 9], frameSalts: [6, 9] });
  rest.set(log.subarray(0, second));
  assertEquals(inspectLog(rest), "whole");
});

Deno.test("inspectLog() takes any bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
    assert(["whole", "torn", "damaged"].includes(inspectLog(bytes)));
  }));
});
