import { assertEquals, assertRejects } from "@std/assert";
import { encode } from "../../src/base/bytes.ts";
import { DiskError } from "../../src/store/disk.ts";
import { restore } from "../../src/store/restore.ts";
import { MemoryMedium } from "../support/fakes/memory_disk.ts";

const [OLD, FORMER, NEW] = ["a", "b", "c"].map((it) => it.repeat(32)) as [string, string, string];

/** A medium with three clients, the newest change at position 9. */
function medium(): MemoryMedium {
  const medium = new MemoryMedium();
  const put = (first: number, positions: number[], bodies: string) =>
    medium.segments.set(positions.at(-1)!, {
      first,
      last: positions.at(-1)!,
      positions: new Float64Array(positions),
      bodies: encode(bodies),
    });
  put(1, [2, 3], "Goloman +0.000000000 a +1+1 1\nGoloman +0.000000000 b +1+1 1\n");
  put(4, [7, 9], "Goloman +0.000000000 a +2+2 2\nGoloman +0.000000000 c - 1.000000000\n");
  medium.formerFeeds = [{ feedId: OLD, position: 4 }];
  medium.held = new Map([["Hands", { feedId: OLD, position: 77 }]]);
  return medium;
}

Deno.test("restore() goes on from the feed of a clean stop, and takes its mark away", async () => {
  const disk = medium();
  disk.mark = { feedId: FORMER, position: 12 };
  const { store, held, wasClean } = await restore(disk.open(), { feedId: NEW, seed: 1 });
  assertEquals({ size: store.size, records: store.records, end: store.feed.end, wasClean }, {
    size: 2,
    records: 3,
    end: 12,
    wasClean: true,
  });
  assertEquals(held, new Map([["Hands", { feedId: OLD, position: 77 }]]));
  assertEquals(disk.mark, undefined);
  const formerFeeds = [{ feedId: OLD, position: 4 }, { feedId: FORMER, position: 12 }];
  assertEquals({ diskFormerFeeds: disk.formerFeeds, feedFormerFeeds: store.feed.formerFeeds }, {
    diskFormerFeeds: formerFeeds,
    feedFormerFeeds: formerFeeds,
  });
  const table: [feedId: string, position: number, start: number][] = [
    [NEW, 12, 12],
    [NEW, 13, 0],
    [FORMER, 12, 12],
    [FORMER, 5, 5],
    [FORMER, 13, 0],
    [OLD, 4, 4],
    [OLD, 5, 0],
    ["d".repeat(32), 1, 0],
  ];
  for (const [feedId, position, start] of table) {
    assertEquals(store.feed.resume({ feedId, position }), start, `${feedId} ${position}`);
  }
  assertEquals(store.feed.resume(undefined), 0);
  // A follower that resumes at 7 gets what came after it, and no more.
  using reader = store.feed.readFrom(7);
  assertEquals(store.feed.positionOf(reader.next()), 9);
  assertEquals(reader.next(), 0);
});

Deno.test("restore() remembers no former feed after a crash", async () => {
  const disk = medium();
  const { store, held, wasClean } = await restore(disk.open(), { feedId: NEW, seed: 1 });
  assertEquals({ size: store.size, wasClean }, { size: 2, wasClean: false });
  assertEquals(held.size, 1);
  assertEquals({ diskFormerFeeds: disk.formerFeeds, feedFormerFeeds: store.feed.formerFeeds }, {
    diskFormerFeeds: [],
    feedFormerFeeds: [],
  });
  assertEquals(store.feed.resume({ feedId: OLD, position: 1 }), 0);
});

Deno.test("restore() refuses a damaged segment and changes nothing", async () => {
  for (const bodies of ["", "Goloman +0.000000000 a +1+1 1", "nonsense\n", "x\n".repeat(3)]) {
    const disk = medium();
    disk.mark = { feedId: FORMER, position: 9 };
    const [segment] = disk.segments.values();
    disk.segments.set(3, { ...segment!, bodies: encode(bodies) });
    await assertRejects(
      () => restore(disk.open(), { feedId: NEW, seed: 1 }),
      DiskError,
      "Segment 3 is damaged",
    );
    assertEquals({ feedId: disk.mark?.feedId, length: disk.transactions.length }, {
      feedId: FORMER,
      length: 0,
    });
  }
});
