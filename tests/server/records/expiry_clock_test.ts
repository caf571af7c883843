import { assertEquals } from "@std/assert";
import type { ClockVerdict } from "../../../src/server/peer_clocks.ts";
import { ExpiryClock } from "../../../src/server/records/expiry_clock.ts";

const START = 1_000_000_000;
const HOUR = 3_600;

/** An expiry clock on hands of its own. `show` is how far it is from the true time, in seconds. */
function setUp(verdict: ClockVerdict) {
  const hands = { trueSeconds: START, offSeconds: 0, verdict };
  const clock = {
    now: (into: { set(seconds: number, nanos: number): void }) =>
      into.set(hands.trueSeconds + hands.offSeconds, 0),
    monotonicMs: () => (hands.trueSeconds - START) * 1000,
    after: () => () => {},
  };
  const expiry = new ExpiryClock(clock, () => hands.verdict);
  let wasAhead = 0;
  const show = () => {
    const look = expiry.look();
    wasAhead += Number(look.wasAhead);
    return look.seconds === undefined ? undefined : Math.round(look.seconds - hands.trueSeconds);
  };
  /** Lets time pass, with a look every second. */
  const pass = (seconds: number) => {
    for (let i = 0; i < seconds; i++) {
      hands.trueSeconds++;
      show();
    }
    return show();
  };
  return { hands, show, pass, wasAhead: () => wasAhead };
}

Deno.test("ExpiryClock shows no time before others confirm it, or a minute alone is over", () => {
  const alone = setUp("alone");
  assertEquals(alone.pass(59), undefined);
  assertEquals(alone.pass(1), 0);
  assertEquals(setUp("agreed").show(), 0);
  for (const verdict of ["off", "disputed"] as const) {
    const { hands, pass } = setUp(verdict);
    hands.offSeconds = HOUR;
    assertEquals(pass(2 * HOUR), undefined, verdict);
    hands.verdict = "agreed";
    hands.offSeconds = 0;
    assertEquals(pass(0), 0, verdict);
  }
});

Deno.test("ExpiryClock takes over a jump ahead only when the others confirm it for a minute", () => {
  const { hands, show, pass, wasAhead } = setUp("agreed");
  show();
  hands.offSeconds = 2 * HOUR;
  assertEquals(pass(59), 0);
  hands.offSeconds = 0;
  assertEquals(pass(100), 0);
  hands.offSeconds = 2 * HOUR;
  hands.verdict = "off";
  assertEquals(pass(10 * HOUR), 0);
  hands.verdict = "agreed";
  assertEquals(pass(1), 2 * HOUR);
  assertEquals(wasAhead(), 0);
});

Deno.test("ExpiryClock takes over a jump alone when it has lasted for as long as it is wide", () => {
  const { hands, show, pass } = setUp("agreed");
  show();
  hands.verdict = "alone";
  hands.offSeconds = HOUR;
  assertEquals(pass(HOUR - 1), 0);
  assertEquals(pass(2), HOUR);
});

Deno.test("ExpiryClock starts the wait anew when a clock jumps on", () => {
  const { hands, show, pass } = setUp("agreed");
  show();
  hands.offSeconds = HOUR;
  pass(50);
  hands.offSeconds = 30 * HOUR;
  assertEquals(pass(50), 0);
});

Deno.test("ExpiryClock goes back when the others confirm it, and says that it was ahead", () => {
  const { hands, pass, wasAhead } = setUp("agreed");
  hands.offSeconds = 2 * HOUR;
  pass(1);
  hands.offSeconds = 0;
  assertEquals(pass(2), 2 * HOUR);
  assertEquals(wasAhead(), 0);
  assertEquals(pass(2), 0);
  assertEquals(wasAhead(), 1);
});

Deno.test("ExpiryClock follows a clock that is slewed, without a word", () => {
  const { hands, show, pass, wasAhead } = setUp("agreed");
  show();
  for (let i = 0; i < 1_000; i++) {
    hands.offSeconds += i % 200 < 100 ? 0.05 : -0.05;
    pass(1);
    assertEquals(Math.abs(show()! - hands.offSeconds) <= 1, true, `after ${i} s`);
  }
  assertEquals(wasAhead(), 0);
});
