import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Histogram, SECONDS_BOUNDS, shareOf } from "../../src/base/histogram.ts";

Deno.test("Histogram counts a value in the first bucket whose bound it does not exceed", () => {
  const histogram = new Histogram([1, 2, 5]);
  for (const value of [0, 1, 1.5, 2, 5, 5.1, 1_000]) histogram.observe(value);
  assertEquals(histogram.counts, [2, 2, 1, 2]);
  assertEquals([...histogram.cumulated()], [[1, 2], [2, 4], [5, 5], [Infinity, 7]]);
  assertEquals(histogram.count, 7);
  assertAlmostEquals(histogram.sum, 1_014.6);
});

Deno.test("Histogram begins empty, with bounds for seconds that ascend", () => {
  const histogram = new Histogram();
  assertEquals({ count: histogram.count, sum: histogram.sum }, { count: 0, sum: 0 });
  assertEquals(histogram.bounds, SECONDS_BOUNDS.toSorted((a, b) => a - b));
});

Deno.test("shareOf() spreads values evenly within their bucket", () => {
  const bounds = [1, 2, 4];
  assertEquals(shareOf(bounds, [0, 0, 0, 0], 0.5), undefined);
  assertEquals(shareOf(bounds, [10, 0, 0, 0], 0.5), 0.5);
  assertEquals(shareOf(bounds, [0, 0, 10, 0], 0.5), 3);
  assertEquals(shareOf(bounds, [5, 0, 5, 0], 0.5), 1);
  assertEquals(shareOf(bounds, [5, 0, 5, 0], 0.6), 2.4);
  assertEquals(shareOf(bounds, [0, 0, 0, 3], 0.99), 4);
  assertEquals(shareOf(bounds, [1, 1, 1, 0], 1), 4);
});
