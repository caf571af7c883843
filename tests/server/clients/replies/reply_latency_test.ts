import { assertAlmostEquals, assertEquals } from "@std/assert";
import {
  CHUNKS_A_SAMPLE,
  ReplyLatency,
} from "../../../../src/server/clients/replies/reply_latency.ts";
import { Histogram } from "../../../../src/base/histogram.ts";

Deno.test("ReplyLatency measures the first chunk, and then one in so many", () => {
  let nowMs = 0;
  const latency = new ReplyLatency({
    monotonicMs: () => nowMs,
    now() {},
    after: () => () => {},
  });
  for (let chunk = 0; chunk <= 2 * CHUNKS_A_SAMPLE; chunk++) {
    const begun = latency.begin();
    nowMs += 2;
    if (begun >= 0) latency.end(begun);
    assertEquals(latency.histogram.count, Math.floor(chunk / CHUNKS_A_SAMPLE) + 1);
  }
  assertAlmostEquals(latency.histogram.sum, 0.006);
});

Deno.test("Histogram.observe() counts a value in the first bucket that has room for it", () => {
  const histogram = new Histogram([1, 2, 4]);
  for (const value of [0, 1, 1.1, 2, 4, 4.1, Infinity]) histogram.observe(value);
  assertEquals(histogram.counts, [2, 2, 1, 2]);
  assertEquals(histogram.count, 7);
});
