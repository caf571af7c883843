import { assertAlmostEquals, assertEquals } from "@std/assert";
import { Instant } from "../../src/base/instant.ts";
import { SystemClock } from "../../src/server/system.ts";

/** A clock whose hands are set by hand, and what it shows, in milliseconds since 1970. */
function setClock() {
  const hands = { wallMs: 1_000_000, steadyMs: 5_000 };
  const clock = new SystemClock(() => hands.wallMs, () => hands.steadyMs);
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

for (const stepMs of [3_600_000, -3_600_000, 2, -4, 0.5, -0.06]) {
  Deno.test(`SystemClock.now() follows a wall clock that was set by ${stepMs} ms`, () => {
    const { hands, show, pass } = setClock();
    pass(10);
    show();
    hands.wallMs += stepMs;
    pass(1);
    assertAlmostEquals(show(), 1_000_011 + stepMs, 1e-6);
  });
}

Deno.test("SystemClock.now() follows the steady clock where the two are close", () => {
  const { hands, show, pass } = setClock();
  show();
  hands.wallMs += 0.015;
  pass(1);
  assertAlmostEquals(show(), 1_000_001, 1e-6);
});

Deno.test("SystemClock.now() stays within 50 us of a clock that is slewed, however it is interrupted", () => {
  // Linux slews a clock by at most 500 us a second; every third reading is interrupted.
  const hands = { wallMs: 1_000_000, steadyMs: 5_000 };
  let readings = 0;
  const pass = (ms: number) => {
    hands.steadyMs += ms;
    hands.wallMs += ms * 1.0005;
  };
  const clock = new SystemClock(
    () => {
      pass(readings++ % 3 === 0 ? 0.3 : 0.000_5);
      return hands.wallMs;
    },
    () => hands.steadyMs,
  );
  const instant = new Instant();
  for (let i = 0; i < 20_000; i++) {
    pass(0.37);
    clock.now(instant);
    const ms = instant.seconds * 1000 + instant.nanos / 1e6;
    assertAlmostEquals(ms, hands.wallMs, 0.05, `at the reading ${i}`);
  }
});

Deno.test("SystemClock.now() is the time of this machine", () => {
  const clock = new SystemClock();
  const instant = new Instant();
  const wallMs = () => Number(Temporal.Now.instant().epochNanoseconds) / 1e6;
  // The least of several: any reading may be interrupted, all of them are not.
  const errors = Array.from({ length: 1_000 }, () => {
    const before = wallMs();
    clock.now(instant);
    const after = wallMs();
    const ms = instant.seconds * 1000 + instant.nanos / 1e6;
    return Math.max(before - ms, ms - after);
  });
  assertAlmostEquals(Math.min(...errors.map((it) => Math.max(0, it))), 0, 0.05);
});
