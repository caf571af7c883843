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

Deno.test("restore() goes on after a crash from what followers had acknowledged, and no further", async () => {
  const disk = medium();
  const incarnation = "1".repeat(32);
  disk.feed = { feedId: FORMER, acknowledged: new Map([["Hands", { incarnation, position: 7 }]]) };
  const { store, wasClean } = await restore(disk.open(), { feedId: NEW, seed: 1 });
  assertEquals({ size: store.size, wasClean, end: store.feed.end }, {
    size: 2,
    wasClean: false,
    end: 9,
  });
  assertEquals(disk.formerFeeds, store.feed.formerFeeds);
  // The new feed has a name on the disk, and nobody has acknowledged anything of it.
  assertEquals(disk.feed, { feedId: NEW, acknowledged: new Map() });
  const hands = { name: "Hands", incarnation };
  const table: [
    follower: typeof hands | undefined,
    feedId: string,
    position: number,
    start: number,
  ][] = [
    [hands, FORMER, 7, 7],
    [hands, FORMER, 3, 3],
    // Entries that the crash took back may stand anywhere now.
    [hands, FORMER, 8, 7],
    [hands, FORMER, 1e9, 7],
    [{ name: "Hands", incarnation: "2".repeat(32) }, FORMER, 7, 0],
    [{ name: "Wilkes", incarnation }, FORMER, 7, 0],
    [undefined, FORMER, 7, 0],
    [hands, NEW, 9, 9],
    [hands, NEW, 10, 0],
    // A feed before it ended with a clean stop: what it gave has not moved since, or moved on.
    [undefined, OLD, 4, 4],
    [undefined, OLD, 5, 0],
  ];
  for (const [follower, feedId, position, start] of table) {
    const resumed = store.feed.resume({ feedId, position }, follower);
    assertEquals(resumed, start, `${follower?.name} ${feedId} ${position}`);
  }
});

Deno.test("restore() numbers on from what a follower acknowledged beyond the records", async () => {
  const disk = medium();
  const acknowledged = new Map([["Hands", { incarnation: "1".repeat(32), position: 20 }]]);
  disk.feed = { feedId: FORMER, acknowledged };
  const { store } = await restore(disk.open(), { feedId: NEW, seed: 1 });
  assertEquals(store.feed.end, 20);
});

Deno.test("restore() knows nothing of a crashed feed that an older program wrote", async () => {
  const disk = medium();
  const { store, held, wasClean } = await restore(disk.open(), { feedId: NEW, seed: 1 });
  assertEquals({ wasClean, held: held.size }, { wasClean: false, held: 1 });
  assertEquals(store.feed.formerFeeds, [{ feedId: OLD, position: 4 }]);
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

Deno.test("restore() lets others have a turn before each segment, and gives up without a change", async () => {
  const disk = medium();
  let turns = 0;
  const options = { feedId: NEW, seed: 1 };
  await restore(disk.open(), { ...options, pause: () => Promise.resolve(void turns++) });
  assertEquals(turns, 2);

  const stopped = medium();
  stopped.mark = { feedId: FORMER, position: 12 };
  const stopping = new AbortController();
  const pause = () => Promise.resolve(stopping.abort("SIGTERM"));
  const { signal } = stopping;
  const reason = await restore(stopped.open(), { ...options, pause, signal }).catch((it) => it);
  assertEquals({ reason, transactions: stopped.transactions }, {
    reason: "SIGTERM",
    transactions: [],
  });
});
