// What FakeTime does, as the documentation of @std/testing says it; holds for the original too.

import { assertEquals, assertNotStrictEquals, assertStrictEquals, assertThrows } from "@std/assert";
import { FakeTime, TimeError } from "@std/testing/time";

Deno.test("FakeTime is typed", () => {
  using time = new FakeTime(0);
  // @ts-expect-error A number is no text
  const wrong: string = time.now;
  assertEquals(wrong as unknown, 0);
});

Deno.test("FakeTime replaces the globals and restores them", () => {
  const before = [Date, setTimeout, clearTimeout, setInterval, clearInterval, AbortSignal.timeout];
  {
    using _time = new FakeTime();
    const during = [
      Date,
      setTimeout,
      clearTimeout,
      setInterval,
      clearInterval,
      AbortSignal.timeout,
    ];
    during.forEach((it, i) => assertNotStrictEquals(it, before[i]));
  }
  const after = [Date, setTimeout, clearTimeout, setInterval, clearInterval, AbortSignal.timeout];
  after.forEach((it, i) => assertStrictEquals(it, before[i]));
});

Deno.test("FakeTime starts where it is told to", () => {
  const starts = [[15_000.7, 15_000], ["1970-01-01T00:00:15Z", 15_000], [new Date(15_000), 15_000]];
  for (const [start, expected] of starts as [number | string | Date, number][]) {
    using time = new FakeTime(start);
    assertEquals([time.now, time.start, Date.now(), new Date().getTime()], Array(4).fill(expected));
  }
  assertThrows(() => new FakeTime("no date"), TypeError, "invalid start time");
});

Deno.test("FakeTime starts at the real time when it is told nothing", () => {
  const earliest = Date.now();
  using time = new FakeTime();
  assertEquals(time.start >= earliest && time.start < earliest + 60_000, true);
});

Deno.test("FakeTime can be neither made nor restored twice", () => {
  {
    using _time = new FakeTime();
    assertThrows(() => new FakeTime(), TimeError, "already faked");
  }
  assertThrows(() => FakeTime.restore(), TimeError, "already restored");
});

Deno.test("FakeTime.tick() runs each timer at its own time, in order", () => {
  using time = new FakeTime(0);
  const ran: unknown[] = [];
  const note = (name: string) => ran.push([name, Date.now()]);
  setTimeout(note, 20, "twenty");
  setTimeout(note, 10, "ten");
  setTimeout(() => setTimeout(note, 0, "nested at the end"), 30);
  const cleared = setTimeout(note, 5, "cleared");
  clearTimeout(cleared);
  const interval = setInterval(note, 15, "interval");
  time.tick(30);
  clearInterval(interval);
  time.tick(1000);
  assertEquals(ran, [
    ["ten", 10],
    ["interval", 15],
    ["twenty", 20],
    ["interval", 30],
    ["nested at the end", 30],
  ]);
  assertEquals(time.now, 1030);
});

Deno.test("FakeTime.now cannot go backwards", () => {
  using time = new FakeTime(1000);
  time.now = 1000;
  assertThrows(() => time.now = 999, RangeError, "time must be >= 1000: received 999");
});

Deno.test("FakeTime.tick() stops at a timer that throws", () => {
  using time = new FakeTime(0);
  let later = false;
  setTimeout(() => {
    throw new Error("Timer failed");
  }, 10);
  setTimeout(() => later = true, 20);
  assertThrows(() => time.tick(100), Error, "Timer failed");
  assertEquals({ now: time.now, later }, { now: 10, later: false });
  time.tick(10);
  assertEquals({ now: time.now, later }, { now: 20, later: true });
});

Deno.test("FakeTime.next() runs all that is due at the next timer's time", () => {
  using time = new FakeTime(0);
  const ran: string[] = [];
  setTimeout(() => ran.push("a"), 10);
  setTimeout(() => ran.push("b"), 10);
  setTimeout(() => ran.push("c"), 11);
  assertEquals([time.next(), time.now, ...ran], [true, 10, "a", "b"]);
  assertEquals([time.next(), time.now, ...ran], [true, 11, "a", "b", "c"]);
  assertEquals({ next: time.next(), now: time.now }, { next: false, now: 11 });
});

Deno.test("FakeTime.tickAsync() and nextAsync() run microtasks before they move time", async () => {
  using time = new FakeTime(0);
  const ran: number[] = [];
  Promise.resolve().then(() => setTimeout(() => ran.push(Date.now()), 10));
  await time.tickAsync(10);
  assertEquals(ran, [10]);
  Promise.resolve().then(() => setTimeout(() => ran.push(Date.now()), 10));
  assertEquals(await time.nextAsync(), true);
  assertEquals(ran, [10, 20]);
});

Deno.test("FakeTime.runAll() and runAllAsync() run what timers add, too", async () => {
  using time = new FakeTime(0);
  let left = 2000;
  const again = () => void (--left > 0 && setTimeout(again, 1));
  setTimeout(again, 1);
  time.runAll();
  assertEquals({ left, now: time.now }, { left: 0, now: 2000 });
  left = 3;
  const againLater = () =>
    void (--left > 0 && Promise.resolve().then(() => setTimeout(againLater, 1)));
  setTimeout(againLater, 1);
  await time.runAllAsync();
  assertEquals({ left, now: time.now }, { left: 0, now: 2003 });
});

Deno.test("FakeTime moves AbortSignal.timeout()", () => {
  using time = new FakeTime(0);
  const signal = AbortSignal.timeout(100);
  time.tick(99);
  assertEquals(signal.aborted, false);
  time.tick(1);
  assertEquals((signal.reason as DOMException).name, "TimeoutError");
});
