import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  aborted,
  after,
  Backoff,
  changed,
  nextTurn,
  onAbort,
  until,
  waitFor,
  WakeUp,
} from "../../src/base/waiting.ts";
import { Feed } from "../../src/store/feed.ts";
import { Rows } from "../../src/store/rows.ts";
import { ManualClock } from "../support/fakes/manual_clock.ts";

/** Counts who waits: every trigger that is asked has to be taken back. */
class Counted {
  asked = 0;
  takenBack = 0;
  fire: () => void = () => {};
  readonly trigger = (fire: () => void): () => void => {
    this.asked++;
    this.fire = fire;
    return () => this.takenBack++;
  };
}

Deno.test("until() waits for the time on the clock that is passed in", async () => {
  const clock = new ManualClock();
  let atMs = -1;
  until(after(clock, 50)).then(() => atMs = clock.monotonicMs());
  await clock.pass(49);
  assertEquals(atMs, -1);
  await clock.pass(1);
  assertEquals(atMs, 50);
});

Deno.test("until() resolves with the first trigger and takes back all", async () => {
  const [one, other] = [new Counted(), new Counted()];
  const first = until(one.trigger, other.trigger);
  other.fire();
  one.fire();
  assert(await first === other.trigger, "the first to fire is not the one that is given");
  assertEquals({ oneTakenBack: one.takenBack, otherTakenBack: other.takenBack }, {
    oneTakenBack: 1,
    otherTakenBack: 1,
  });
});

Deno.test("until() asks nobody else after a trigger that fires at once", async () => {
  const before = new Counted();
  const behind = new Counted();
  let takenBack = 0;
  const atOnce = (fire: () => void) => {
    fire();
    return () => void takenBack++;
  };
  assert(await until(before.trigger, atOnce, behind.trigger) === atOnce);
  assertEquals({ takenBack, before: before.takenBack, behind: behind.asked }, {
    takenBack: 1,
    before: 1,
    behind: 0,
  });
});

Deno.test("a delay ends early when its signal is aborted, and leaves no timer", async () => {
  const clock = new ManualClock();
  const controller = new AbortController();
  const time = after(clock, 50);
  const delay = until(time, aborted(controller.signal));
  await clock.pass(10);
  controller.abort();
  assert(await delay !== time, "the delay took its full time");
  assertEquals(clock.pendingTimers, 0);
});

Deno.test("a signal that was aborted before ends a delay at once, without a timer", async () => {
  const clock = new ManualClock();
  await until(aborted(AbortSignal.abort()), after(clock, 50));
  assertEquals(clock.pendingTimers, 0);
  await until(after(clock, 50), aborted(AbortSignal.abort()));
  assertEquals(clock.pendingTimers, 0);
});

Deno.test("onAbort() calls once, at once if it is late, and never when taken back", () => {
  const controller = new AbortController();
  let calls = 0;
  onAbort(controller.signal, () => calls++);
  onAbort(controller.signal, () => calls += 100)();
  controller.abort();
  assertEquals(calls, 1);
  onAbort(controller.signal, () => calls++)();
  assertEquals(calls, 2);
});

Deno.test("a change of the feed ends a wait, or the time does", async () => {
  const clock = new ManualClock();
  const rows = new Rows();
  const feed = new Feed({ id: "f" }, rows);
  const change = changed(feed);
  const woken = until(change, after(clock, 50));
  feed.append(rows.take());
  assert(await woken === change, "the time came first");
  const late = until(change, after(clock, 50));
  await clock.pass(50);
  assert(await late !== change, "there was no change");
});

Deno.test("wake() wakes all who wait, and is not remembered", async () => {
  const wakeUp = new WakeUp();
  wakeUp.wake();
  let woken = 0;
  const waits = [1, 2].map(() => until(wakeUp.woken).then(() => woken++));
  const clock = new ManualClock();
  await clock.pass(1);
  assertEquals(woken, 0);
  wakeUp.wake();
  await Promise.all(waits);
  assertEquals(woken, 2);
});

Deno.test("who waits again while being woken is not woken by the same call", async () => {
  const wakeUp = new WakeUp();
  let calls = 0;
  const again = () => {
    calls++;
    if (calls < 10) wakeUp.woken(again);
  };
  wakeUp.woken(again);
  wakeUp.wake();
  assertEquals(calls, 1);
  await Promise.resolve();
});

Deno.test("waitFor() gives what the promise gives, and leaves no timer", async () => {
  const clock = new ManualClock();
  assertEquals(await waitFor(Promise.resolve("value"), after(clock, 50)), "value");
  assertEquals(clock.pendingTimers, 0);
  await assertRejects(
    () => waitFor(Promise.reject(new Error("no")), after(clock, 50)),
    Error,
    "no",
  );
  assertEquals(clock.pendingTimers, 0);
});

Deno.test("waitFor() waits no longer than until the trigger, whatever the promise does later", async () => {
  const clock = new ManualClock();
  const { promise, reject } = Promise.withResolvers<string>();
  let given: string | undefined = "nothing yet";
  waitFor(promise, after(clock, 50)).then((value) => given = value);
  await clock.pass(49);
  assertEquals(given, "nothing yet");
  await clock.pass(1);
  assertEquals(given, undefined);
  // Not unhandled: it would end the process.
  reject(new Error("too late"));
  await clock.pass(1);
});

Deno.test("nextTurn() takes a timer of no length", async () => {
  const clock = new ManualClock();
  let isOver = false;
  nextTurn(clock).then(() => isOver = true);
  await Promise.resolve();
  assertEquals(isOver, false);
  await clock.pass(0);
  assertEquals(isOver, true);
});

Deno.test("a back-off doubles up to its limit, takes any part of it, and begins anew", () => {
  let random = 0;
  const backoff = new Backoff({ firstMs: 50, maxMs: 300, random: () => random });
  assertEquals(backoff.next(), 0);
  random = 0.5;
  assertEquals([backoff.next(), backoff.next(), backoff.next(), backoff.next()], [
    50,
    100,
    150,
    150,
  ]);
  random = 0.999_999;
  assertEquals(backoff.next(), 300);
  backoff.reset();
  assertEquals(backoff.next(), 50);
});
