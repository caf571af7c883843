import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "../support/properties.ts";
import { silentLog } from "../../src/base/log.ts";
import { parseBody, Update } from "../../src/protocol/update.ts";
import { type Disk, DiskError, type Transaction } from "../../src/store/disk.ts";
import { type Durability, DurableSink, SINK_TIMINGS } from "../../src/store/durable_sink.ts";
import type { FeedPosition } from "../../src/store/feed.ts";
import { restore } from "../../src/store/restore.ts";
import type { Store } from "../../src/store/store.ts";
import { ManualClock } from "../support/fakes/manual_clock.ts";
import { recordingLog } from "../support/fakes/log.ts";
import { MemoryMedium } from "../support/fakes/memory_disk.ts";
import { fromLatin1, latin1 } from "../support/reference/reference.ts";
import { SERVER } from "../../src/store/source.ts";

const FEEDS = ["a", "b", "c", "d"].map((it) => it.repeat(32));
const RETRY_MS = SINK_TIMINGS.retryMs;

/** A medium that takes its time. */
class SlowMedium extends MemoryMedium {
  constructor(readonly clock: ManualClock, readonly commitMs: number) {
    super();
  }

  override open(): Disk {
    const disk = super.open();
    const commit = async (transaction: Transaction) => {
      await new Promise<void>((resolve) => this.clock.after(this.commitMs, resolve));
      await disk.commit(transaction);
    };
    return { ...disk, commit };
  }
}

/** A server's store and sink over a medium. */
class Run {
  held = new Map<string, FeedPosition>();
  constructor(readonly store: Store, readonly sink: DurableSink) {}

  static async start(
    medium: MemoryMedium,
    clock: ManualClock,
    { feedId = FEEDS[0]!, durability = "relaxed", maxRecords = 8, log = silentLog }: {
      readonly feedId?: string;
      readonly durability?: Durability;
      readonly maxRecords?: number;
      readonly log?: typeof silentLog;
    } = {},
  ): Promise<Run> {
    const disk = medium.open();
    const { store, held } = await restore(disk, { feedId, seed: 1 });
    const sink: DurableSink = new DurableSink({
      store,
      disk,
      segments: disk.saved.segments,
      durability,
      clock,
      log,
      timings: { maxRecords, maxGathered: maxRecords, maxTurns: 2 },
      held: () => run.held,
    });
    const run = new Run(store, sink);
    run.held = new Map(held);
    sink.start();
    return run;
  }

  tell(client: string, time: number, location = "+1+1"): void {
    apply(this.store, `Goloman +0.000000000 ${client} ${location} ${time}`);
  }
}

function apply(store: Store, body: string): void {
  const update = new Update();
  assert(parseBody(fromLatin1(body), 0, body.length, update), body);
  store.apply(update, SERVER);
}

/** Positions and bodies of a store, in the order of its feed. */
function contents(store: Store): string[] {
  using reader = store.feed.readFrom(0);
  const lines: string[] = [];
  for (let record = reader.next(); record !== 0; record = reader.next()) {
    const out = new Uint8Array(store.bodyLength(record));
    store.copyBody(record, out, 0);
    lines.push(`${store.feed.positionOf(record)} ${latin1(out)}`);
  }
  return lines;
}

/** What a start would find on the medium, without disturbing it. */
async function onDisk(medium: MemoryMedium): Promise<Store> {
  const { saved, segments } = medium.open();
  const disk = { saved, segments, commit: () => Promise.resolve(), close: () => Promise.resolve() };
  return (await restore(disk, { feedId: "f".repeat(32), seed: 2 })).store;
}

Deno.test("DurableSink saves a change within the time that it gathers for", async () => {
  const time = new ManualClock();
  const medium = new MemoryMedium();
  const run = await Run.start(medium, time);
  run.tell("a", 1);
  await time.pass(SINK_TIMINGS.gatherMs - 1);
  assertEquals((await onDisk(medium)).size, 0);
  assertEquals(run.sink.status.pending, 1);
  await time.pass(20);
  assertEquals(contents(await onDisk(medium)), contents(run.store));
  assertEquals(run.sink.status.pending, 0);
  await run.sink.close();
});

Deno.test("DurableSink gathers while the disk is busy, so that a change waits for one commit", async () => {
  const time = new ManualClock();
  const medium = new SlowMedium(time, 20);
  const starting = Run.start(medium, time);
  await time.pass(20);
  const run = await starting;
  run.tell("a", 1);
  // It is being committed.
  await time.pass(SINK_TIMINGS.gatherMs + 1);
  run.tell("b", 2);
  await time.pass(SINK_TIMINGS.gatherMs + 19);
  assertEquals((await onDisk(medium)).size, 2);
  const closing = run.sink.close();
  await time.pass(100);
  await closing;
});

Deno.test("DurableSink does not wait when there are many changes", async () => {
  const time = new ManualClock();
  const medium = new MemoryMedium();
  const run = await Run.start(medium, time, { maxRecords: 8 });
  for (let i = 1; i <= 9; i++) run.tell(`c${i}`, i);
  await time.pass(10);
  assertEquals((await onDisk(medium)).size, 9);
  await run.sink.close();
});

Deno.test("DurableSink saves positions held only with all that they cover", async () => {
  const time = new ManualClock();
  const medium = new MemoryMedium();
  const run = await Run.start(medium, time, { maxRecords: 4 });
  for (let i = 1; i <= 10; i++) run.tell(`c${i}`, i);
  run.held.set("Hands", { feedId: FEEDS[3]!, position: 10 });
  await time.pass(SINK_TIMINGS.gatherMs);
  // The start's own, and those of the records so far.
  const early = medium.transactions.slice(1);
  assertEquals(early.some((it) => it.added.length > 0), true);
  for (const transaction of medium.transactions.slice(1)) {
    const last = transaction.added.at(-1)?.last;
    assertEquals(transaction.held !== undefined, last === undefined || last === 10);
  }
  await time.pass(500);
  assertEquals(medium.held, new Map([["Hands", { feedId: FEEDS[3]!, position: 10 }]]));
  await run.sink.close();
});

Deno.test("DurableSink saves positions that move on without changes, in their time", async () => {
  const time = new ManualClock();
  const medium = new MemoryMedium();
  const run = await Run.start(medium, time);
  run.held.set("Hands", { feedId: FEEDS[3]!, position: 10 });
  await time.pass(SINK_TIMINGS.heldMs + SINK_TIMINGS.gatherMs + 50);
  assertEquals(medium.held.get("Hands")?.position, 10);
  await run.sink.close();
});

Deno.test("DurableSink.whenDurable() holds replies until their own instant is on the disk", async () => {
  const time = new ManualClock();
  const medium = new MemoryMedium();
  const run = await Run.start(medium, time, { durability: "commit" });
  assertEquals(run.sink.whenDurable(), undefined);
  run.tell("a", 2);
  // An IAMAT that changes nothing is held as well: what made it old may not be on the disk yet.
  run.tell("a", 1);
  let isDurable = false;
  const waiting = run.sink.whenDurable()!.then(() => isDurable = true);
  assertEquals(isDurable, false);
  await time.pass(1);
  await waiting;
  assertEquals(contents(await onDisk(medium)), contents(run.store));
  assertEquals(run.sink.whenDurable(), undefined);
  await run.sink.close();
});

Deno.test("DurableSink.refuse() ends the wait for a disk that takes nothing", async () => {
  const time = new ManualClock();
  const medium = new MemoryMedium();
  const run = await Run.start(medium, time, { durability: "commit" });
  for (let i = 0; i < 9; i++) medium.failures.push(new DiskError("full"));
  run.tell("a", 1);
  const waiting = assertRejects(() => run.sink.whenDurable()!, Error, "did not take in time");
  await time.pass(10);
  run.sink.refuse();
  await waiting;
  await assertRejects(() => run.sink.whenDurable()!);
  const closing = run.sink.close();
  await time.pass(RETRY_MS * 5);
  await closing;
});

Deno.test("DurableSink goes on from its last committed position after a failure", async () => {
  const time = new ManualClock();
  const medium = new MemoryMedium();
  const log = recordingLog();
  const run = await Run.start(medium, time, { log });
  medium.failures.push(new DiskError("full"), new DiskError("full"));
  run.tell("a", 1);
  await time.pass(SINK_TIMINGS.gatherMs);
  assertEquals(run.sink.status.trouble, "full");
  run.tell("b", 2);
  await time.pass(RETRY_MS * 3);
  assertEquals(run.sink.status.trouble, undefined);
  assertEquals(contents(await onDisk(medium)), contents(run.store));
  assertEquals(log.entries.map((it) => it.event), ["store.trouble", "store.recovered"]);
  await run.sink.close();
});

Deno.test("DurableSink writes everything anew when the disk was emptied", async () => {
  const time = new ManualClock();
  const medium = new MemoryMedium();
  const run = await Run.start(medium, time, { maxRecords: 4 });
  for (let i = 1; i <= 10; i++) run.tell(`c${i}`, i);
  await time.pass(500);
  medium.failures.push(new DiskError("gone", { isEmptied: true }));
  run.tell("c1", 11);
  await time.pass(SINK_TIMINGS.gatherMs + RETRY_MS + 500);
  assertEquals(contents(await onDisk(medium)), contents(run.store));
  await run.sink.close();
});

Deno.test("DurableSink.close() says what could not be saved, and leaves no mark", async () => {
  const time = new ManualClock();
  const medium = new MemoryMedium();
  const log = recordingLog();
  const run = await Run.start(medium, time, { log });
  for (let i = 0; i < 9; i++) medium.failures.push(new DiskError("full"));
  run.tell("a", 1);
  const closing = run.sink.close();
  await time.pass(RETRY_MS * 5);
  await closing;
  assertEquals(medium.mark, undefined);
  const [unsaved] = log.entries.filter((it) => it.event === "store.unsaved");
  assertEquals(unsaved?.fields, { changes: 1, reason: "full" });
});

Deno.test("DurableSink takes out of the file what a removal superseded", async () => {
  const time = new ManualClock();
  const medium = new MemoryMedium();
  const run = await Run.start(medium, time, { maxRecords: 8 });
  run.tell("secret", 1, "+66.6+66.6");
  for (let i = 1; i <= 40; i++) {
    run.tell(`c${i}`, i);
    await time.pass(SINK_TIMINGS.gatherMs);
  }
  apply(run.store, "Goloman +0.000000000 secret - 2.000000000");
  await time.pass(1_000);
  const { text } = medium;
  assertEquals(text.includes("66.6"), false);
  assertEquals(text.includes("secret - 2.000000000"), true);
  assertEquals(medium.transactions.some((it) => it.erases), true);
  await run.sink.close();
});

Deno.test("DurableSink.whenDurable() waits for what moved on before it was written", async () => {
  const time = new ManualClock();
  const medium = new MemoryMedium();
  const run = await Run.start(medium, time, { durability: "commit", maxRecords: 1 });
  run.tell("a", 1);
  const waiting = run.sink.whenDurable()!;
  // More than one transaction takes, and `a` is behind all of it.
  for (let i = 1; i <= 40; i++) run.tell(`c${i}`, i);
  run.tell("a", 2);
  let found: Store | undefined;
  const finding = waiting.then(async () => found = await onDisk(medium));
  await time.pass(10);
  await finding;
  assert(
    contents(found!).some((it) => it.includes(" a ")),
    "a reply would confirm what is not saved",
  );
  await run.sink.close();
});

Deno.test("DurableSink notices while there is nothing to write that its disk was emptied", async () => {
  const time = new ManualClock();
  const medium = new MemoryMedium();
  const run = await Run.start(medium, time);
  run.tell("a", 1);
  await time.pass(100);
  medium.failures.push(new DiskError("gone", { isEmptied: true }));
  await time.pass(SINK_TIMINGS.heldMs);
  assertEquals(run.sink.status.trouble, "gone");
  await time.pass(RETRY_MS + 100);
  assertEquals(contents(await onDisk(medium)), contents(run.store));
  assertEquals(run.sink.status.trouble, undefined);
  await run.sink.close();
});

Deno.test("DurableSink erases what a removal superseded whichever transaction fails", async () => {
  let haveErased = 0;
  for (let before = 0; before < 12; before++) {
    const time = new ManualClock();
    const medium = new MemoryMedium();
    const run = await Run.start(medium, time);
    // Several segments, of which the round takes one after the other.
    for (let i = 0; i < 40; i++) {
      run.tell(`c${i}`, i + 1, i === 20 ? "+66.6+66.6" : "+1+1");
      await time.pass(SINK_TIMINGS.gatherMs);
    }
    apply(run.store, "Goloman +0.000000000 c20 - 100.000000000");
    medium.failures.push(...Array(before), new DiskError("full"));
    await time.pass(RETRY_MS * 20);
    assertEquals(medium.failed.length, 1);
    if (medium.failed[0]!.erases) haveErased++;
    assertEquals(medium.text.includes("66.6"), false, `with ${before} transactions before`);
    await run.sink.close();
  }
  assert(haveErased > 0, "the transaction that erases was never the one that failed");
});

Deno.test("DurableSink.erase() takes out at once what was dropped, though nothing else is written", async () => {
  const time = new ManualClock();
  const medium = new MemoryMedium();
  const run = await Run.start(medium, time);
  for (let i = 1; i <= 20; i++) run.tell(`c${i}`, i, i === 5 ? "+66.6+66.6" : "+1+1");
  await time.pass(2 * SINK_TIMINGS.heldMs);
  run.store.horizon = 10;
  run.store.sweep(100);
  await time.pass(2 * SINK_TIMINGS.heldMs);
  assertEquals(medium.text.includes("66.6"), true);
  run.sink.erase();
  // One step a look at the disk, of which there are few.
  await time.pass(SINK_TIMINGS.heldMs / 2);
  assertEquals(medium.text.includes("66.6"), false);
  assertEquals(contents(await onDisk(medium)), contents(run.store));
  await run.sink.close();
});

Deno.test("DurableSink erases though removals come all the while", async () => {
  const time = new ManualClock();
  const medium = new MemoryMedium();
  const run = await Run.start(medium, time);
  for (let i = 0; i < 80; i++) run.tell(`c${i}`, i + 1, i === 40 ? "+66.6+66.6" : "+1+1");
  await time.pass(1_000);
  let erased = 0;
  for (let i = 0; i < 80; i++) {
    apply(run.store, `Goloman +0.000000000 c${(i + 40) % 80} - ${1_000 + i}.000000000`);
    await time.pass(SINK_TIMINGS.gatherMs);
    if (!medium.text.includes("66.6")) erased++;
  }
  assert(erased > 40, `in ${erased} of 80 looks it was erased`);
  assert(medium.transactions.filter((it) => it.erases).length > 3);
  await run.sink.close();
});

Deno.test("DurableSink rewrites what is superseded while there is nothing else to do", async () => {
  const time = new ManualClock();
  const medium = new MemoryMedium();
  const run = await Run.start(medium, time);
  const written = () => [...medium.segments.values()].reduce((n, it) => n + it.positions.length, 0);
  for (let round = 0; round < 2; round++) {
    for (let i = 0; i < 100; i++) {
      run.tell(`c${(i * 37) % 100}`, round * 100 + i + 1);
      if (i % 5 === 0) await time.pass(SINK_TIMINGS.gatherMs);
    }
  }
  await time.pass(10_000);
  assert(written() <= 125 + 8, `${written()} records are written for 100`);
  assertEquals(contents(await onDisk(medium)), contents(run.store));
  const before = run.sink.status.recordsWritten;
  await time.pass(10_000);
  assertEquals(run.sink.status.recordsWritten, before);
  await run.sink.close();
});

function clientOf(line: string): string {
  return line.split(" ")[3]!;
}

function timeOf(line: string): number {
  return Number(line.split(" ")[5]);
}

/** A step of a random life of a server. */
type Step =
  | { readonly do: "tell"; readonly client: number; readonly count: number }
  | { readonly do: "remove"; readonly client: number }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "fail" | "empty" | "stop" | "crash" };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant("tell" as const),
      client: fc.nat(30),
      count: fc.integer({ min: 1, max: 12 }),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("remove" as const), client: fc.nat(30) }) },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(1, 10, 40, 200) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constantFrom("fail", "empty", "stop", "crash" as const) }),
  },
);

Deno.test("DurableSink: whatever happens, a start finds the state of one instant, in order", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 60 }), async (steps) => {
      const time = new ManualClock();
      const medium = new MemoryMedium();
      /** What the store was at each end of its feed: of one life, as a crash takes back ends. */
      const instants = new Map<number, string[]>();
      let lives = 0;
      let clock = 0;
      const begin = () => Run.start(medium, time, { feedId: String(lives++).padStart(32, "0") });
      let run = await begin();
      const note = () => instants.set(run.store.feed.end, contents(run.store));
      note();
      const check = async () => {
        const position = medium.held.get("Hands")?.position ?? 0;
        const isLevel = medium.transactions.at(-1)?.held !== undefined;
        const found = await onDisk(medium);
        const lines = contents(found);
        if (isLevel) assertEquals(lines, instants.get(found.feed.end));
        // The position held is true: all that it covers is there, or something newer.
        const times = new Map(lines.map((line) => [clientOf(line), timeOf(line)]));
        for (const line of instants.get(position) ?? []) {
          assert((times.get(clientOf(line)) ?? 0) >= timeOf(line), `${position} covers '${line}'`);
        }
      };
      for (const it of steps) {
        if (it.do === "tell") {
          for (let i = 0; i < it.count; i++) {
            run.tell(`c${it.client + i}`, ++clock);
            // Follows the feed, so that it says of which instant it is.
            run.held.set("Hands", { feedId: FEEDS[3]!, position: run.store.feed.end });
            note();
          }
        } else if (it.do === "remove") {
          apply(run.store, `Goloman +0.000000000 c${it.client} - ${++clock}.000000000`);
          note();
        } else if (it.do === "wait") await time.pass(it.ms);
        else if (it.do === "fail") medium.failures.push(new DiskError("full"));
        else if (it.do === "empty") medium.failures.push(new DiskError("", { isEmptied: true }));
        else {
          if (it.do === "stop") {
            medium.failures.length = 0;
            const closing = run.sink.close();
            await time.pass(RETRY_MS);
            await closing;
            assertEquals(contents(await onDisk(medium)), contents(run.store));
            const { id: feedId, end: position } = run.store.feed;
            assertEquals(medium.mark, { feedId, position });
          } else {
            // A crash: the old sink lives on in this process, but no disk hears it any more.
            const closing = abandon(run, medium);
            await time.pass(RETRY_MS * 10);
            await closing;
          }
          run = await begin();
          for (const end of instants.keys()) if (end > run.store.feed.end) instants.delete(end);
          note();
        }
        await check();
      }
      medium.failures.length = 0;
      // Some round over all segments, of which each takes out what is superseded.
      await time.pass(30_000);
      assertErased(medium, run.store);
      // And then there is nothing left to do.
      const { length } = medium.transactions;
      await time.pass(5_000);
      assertEquals(medium.transactions.slice(length).filter((it) => it.erases), []);
      const closing = run.sink.close();
      await time.pass(RETRY_MS);
      await closing;
      await check();
      // Compaction bounds what is written: twice what is current, and one transaction.
      const written = [...medium.segments.values()].reduce((n, it) => n + it.positions.length, 0);
      assert(written <= 3 * run.store.records + 3 * 8, `${written} for ${run.store.records}`);
    }),
    { numRuns: 300 },
  );
});

/** Looks for what the file still has of clients that were removed: nothing but the removals. */
function assertErased(medium: MemoryMedium, store: Store): void {
  for (const line of contents(store)) {
    const [, , , client, location] = line.split(" ");
    if (location !== "-") continue;
    const traces = medium.text.split("\n").filter((it) => it.includes(` ${client} +`));
    assertEquals(traces, [], `traces of ${client}, which was removed`);
  }
}

/** Ends a sink without anything reaching the medium. */
async function abandon(run: Run, medium: MemoryMedium): Promise<void> {
  for (let i = 0; i < 50; i++) medium.failures.push(new DiskError("crashed"));
  await run.sink.close();
  medium.failures.length = 0;
}
