import { assertAlmostEquals, assertEquals } from "@std/assert";
import { SECONDS_BOUNDS } from "../../../src/base/histogram.ts";
import {
  type Counters,
  KEPT_SAMPLES,
  RecentFigures,
} from "../../../src/server/readers/recent_figures.ts";
import { ManualClock } from "../../support/fakes/manual_clock.ts";

/** Counters that a test sets. */
function counters(): { -readonly [K in keyof Counters]: Counters[K] } & { latency: number[] } {
  return {
    changes: 100,
    queries: 7,
    clients: 3,
    latency: Array.from({ length: SECONDS_BOUNDS.length + 1 }, () => 5),
  };
}

Deno.test("RecentFigures counts from its own start, and gives rates of each second", async () => {
  const clock = new ManualClock();
  const read = counters();
  using figures = new RecentFigures(clock, () => read);
  assertEquals(figures.samples, []);
  read.changes += 40;
  read.queries += 2;
  read.clients = 12;
  await clock.pass(1_000);
  read.changes += 1;
  await clock.pass(1_000);
  assertEquals(figures.samples, [
    { time: 1e9 + 1, changes: 40, queries: 2, clients: 12, median: null, p99: null },
    { time: 1e9 + 2, changes: 1, queries: 0, clients: 12, median: null, p99: null },
  ]);
});

Deno.test("RecentFigures keeps ten minutes, the latest ones", async () => {
  const clock = new ManualClock();
  using figures = new RecentFigures(clock, counters);
  await clock.pass(1_000 * (KEPT_SAMPLES + 3));
  assertEquals(figures.samples.length, 600);
  assertEquals(figures.samples[0]!.time, 1e9 + 4);
  assertEquals(figures.samples.at(-1)!.time, 1e9 + 603);
});

Deno.test("RecentFigures takes times to reply over ten seconds, and then forgets them", async () => {
  const clock = new ManualClock();
  const read = counters();
  using figures = new RecentFigures(clock, () => read);
  const bucket = SECONDS_BOUNDS.indexOf(0.005);
  read.latency[bucket]! += 100;
  await clock.pass(1_000);
  const [first] = figures.samples;
  assertAlmostEquals(first!.median!, (0.002_5 + 0.005) / 2, 1e-9);
  assertAlmostEquals(first!.p99!, 0.004_975, 1e-9);
  await clock.pass(9_000);
  assertEquals(figures.samples.at(-1)!.median, first!.median);
  await clock.pass(1_000);
  assertEquals(figures.samples.at(-1)!.median, null);
});

Deno.test("RecentFigures divides a late second by its length, and stops when disposed of", async () => {
  const clock = new ManualClock();
  const read = counters();
  {
    using figures = new RecentFigures(clock, () => read);
    read.changes += 40;
    await clock.skip(4_000);
    assertEquals(figures.samples.map((it) => it.changes), [10]);
  }
  assertEquals(clock.pendingTimers, 0);
});
