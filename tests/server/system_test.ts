import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Instant } from "../../src/base/instant.ts";
import { SystemClock } from "../../src/server/system.ts";

/** A clock whose hands are set by hand, and what it shows, in milliseconds since 1970. */
function setClock() {
  const hands = { wallMs: 1_000_000, steadyMs: 5_000 };
  const clock = new SystemClock(() => Math.floor(hands.wallMs), () => hands.steadyMs);
  const instant = new Instant();
  const show = () => {
    clock.now(instant);
    return instant.seconds * 1000 + instant.nanos / 1e6;
  };
  const pass = (ms: number) => {
    hands.wallMs += ms;
    hands.steadyMs += ms;
  };
  return { hands, show, pass };
}

Deno.test("SystemClock.now() has the wall clock's time and the steady clock's fractions", () => {
  const { show, pass } = setClock();
  assertEquals(show(), 1_000_000);
  pass(0.25);
  assertAlmostEquals(show(), 1_000_000.25, 1e-6);
  pass(1_000.5);
  assertAlmostEquals(show(), 1_001_000.75, 1e-6);
});

for (const stepMs of [3_600_000, -3_600_000, 2, -4]) {
  Deno.test(`SystemClock.now() follows a wall clock that was set by ${stepMs} ms within a millisecond`, () => {
    const { hands, show, pass } = setClock();
    pass(10);
    show();
    hands.wallMs += stepMs;
    pass(1);
    assertAlmostEquals(show(), 1_000_011 + stepMs, 1);
  });
}

Deno.test("SystemClock.now() takes cut milliseconds for no drift", () => {
  const { show, pass } = setClock();
  let before = show();
  for (let i = 0; i < 10_000; i++) {
    pass(0.37);
    const now = show();
    assertAlmostEquals(now - before, 0.37, 1e-4);
    before = now;
  }
});

Deno.test("SystemClock.now() is the time of this machine", () => {
  const clock = new SystemClock();
  const instant = new Instant();
  const before = Date.now();
  clock.now(instant);
  const ms = instant.seconds * 1000 + instant.nanos / 1e6;
  assertEquals(ms >= before - 2 && ms <= Date.now() + 2, true);
});
