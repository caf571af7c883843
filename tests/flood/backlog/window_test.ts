// How much of a backlog is under way: little where it would only wait in queues, much over a long way.

import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { Window } from "../../../src/flood/backlog/window.ts";

const LIMITS = { minWindowBytes: 64_000, maxWindowBytes: 4_000_000, queueMs: 10 };
const BATCH_BYTES = 32_000;

/**
 * Sends a backlog over a path that takes `delayMs` there and back and so many bytes a millisecond.
 * Gives what came through by the end, and the longest time that a byte sent then would wait in queues.
 */
function send(delayMs: number, bytesPerMs: number, forMs: number) {
  let nowMs = 0;
  const window = new Window({ monotonicMs: () => nowMs }, LIMITS);
  const underWay: { position: number; atMs: number }[] = [];
  let freeMs = 0;
  let sent = 0;
  let through = 0;
  let queueMs = 0;
  for (; nowMs < forMs; nowMs += 0.1) {
    while (underWay.length > 0 && underWay[0]!.atMs <= nowMs) {
      through = underWay.shift()!.position;
      window.acknowledged(through);
    }
    while (window.room > 0) {
      const bytes = Math.min(BATCH_BYTES, window.room);
      sent += bytes;
      window.sent(sent, bytes);
      freeMs = Math.max(freeMs, nowMs) + bytes / bytesPerMs;
      underWay.push({ position: sent, atMs: freeMs + delayMs });
    }
    if (nowMs > forMs / 2) queueMs = Math.max(queueMs, freeMs - nowMs);
  }
  return { share: through / (forMs * bytesPerMs), queueMs };
}

Deno.test("Window fills a near path, and leaves little in its queue", () => {
  const { share, queueMs } = send(0.5, 40_000, 1_000);
  assertGreater(share, 0.7);
  assertLess(queueMs, 25);
});

Deno.test("Window fills a long path", () => {
  const { share, queueMs } = send(100, 12_500, 20_000);
  assertGreater(share, 0.6);
  assertLess(queueMs, 40);
});

Deno.test("Window goes no lower than its least, however slow a path is", () => {
  const { share, queueMs } = send(1, 1_000, 5_000);
  assertGreater(share, 0.9);
  assertLess(queueMs, 100);
});

Deno.test("Window has no room when all of it is under way, and again when it was applied", () => {
  const window = new Window({ monotonicMs: () => 0 }, LIMITS);
  assertEquals(window.room, LIMITS.minWindowBytes);
  window.sent(10, 40_000);
  window.sent(20, 40_000);
  assertEquals(window.room, 0);
  window.acknowledged(9);
  assertEquals(window.room, 0);
  window.acknowledged(10);
  assert(window.room > 0);
});
