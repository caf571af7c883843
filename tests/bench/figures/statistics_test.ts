// The arithmetic of the suite: a wrong median would make every figure wrong.

import { assertAlmostEquals, assertEquals } from "@std/assert";
import { curveOf, merge, percentile, summarize } from "./latency.ts";
import { ratiosOf, spreadOf } from "./statistics.ts";

Deno.test("spreadOf() gives the middle one of an odd number, and the mean of the middle two of an even", () => {
  assertEquals(spreadOf([9, 1, 4]), { median: 4, min: 1, max: 9 });
  assertEquals(spreadOf([8, 2, 4, 10]), { median: 6, min: 2, max: 10 });
});

Deno.test("ratiosOf() compares each round with its own neighbour in time", () => {
  // A machine that was twice as slow in the second round changes no ratio.
  assertEquals(ratiosOf([100, 50], [200, 100]), { median: 0.5, min: 0.5, max: 0.5 });
});

Deno.test("percentile() of merged histograms counts every sample, the rare ones too", () => {
  const fast = { max: 1e6, buckets: [[1e6, 990]] } as const;
  const slow = { max: 5e8, buckets: [[1e6, 5], [5.1e8, 5]] } as const;
  const all = merge([fast, slow]);
  assertEquals(percentile(all, 50), 1);
  assertEquals(percentile(all, 99.5), 1);
  // A bucket's end may be beyond the greatest sample.
  assertEquals(percentile(all, 99.6), 500);
  assertEquals(summarize(all), { p50: 1, p99: 1, p999: 500, max: 500 });
});

Deno.test("curveOf() goes as far towards 100 % as there are samples", () => {
  const points = curveOf({ max: 2e6, buckets: [[1e6, 500], [2e6, 500]] });
  assertEquals(points[0], [0, 1]);
  assertAlmostEquals(points.at(-1)![0], 99.9, 1e-9);
  assertEquals(points.at(-1)![1], 2);
});
