import { assertEquals, assertRejects } from "@std/assert";
import { SharedCalls } from "../../../src/places/upstream/shared_calls.ts";

/** A call that is under way until the test ends it. */
function pendingCall() {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const signals: AbortSignal[] = [];
  const start = (signal: AbortSignal) => {
    signals.push(signal);
    return promise;
  };
  return { start, resolve, reject, signals };
}

const never = new AbortController().signal;

Deno.test("SharedCalls.join() starts one call for equal keys and one each for others", async () => {
  const calls = new SharedCalls<string>();
  const one = pendingCall();
  const other = pendingCall();
  const joined = [
    calls.join("one", never, "left", one.start),
    calls.join("one", never, "left", one.start),
    calls.join("other", never, "left", other.start),
  ];
  assertEquals({
    oneSignalsLength: one.signals.length,
    otherSignalsLength: other.signals.length,
    callsSize: calls.size,
  }, { oneSignalsLength: 1, otherSignalsLength: 1, callsSize: 2 });
  one.resolve("1");
  other.resolve("2");
  assertEquals(await Promise.all(joined), ["1", "1", "2"]);
  assertEquals(calls.size, 0);
});

Deno.test("SharedCalls.join() keeps nothing once a call has ended", async () => {
  const calls = new SharedCalls<string>();
  assertEquals(await calls.join("key", never, "left", () => Promise.resolve("1")), "1");
  assertEquals(await calls.join("key", never, "left", () => Promise.resolve("2")), "2");
});

Deno.test("SharedCalls.join() lets one give up and the others wait on", async () => {
  const calls = new SharedCalls<string>();
  const call = pendingCall();
  const impatient = new AbortController();
  const leaver = calls.join("key", impatient.signal, "left", call.start);
  const stayer = calls.join("key", never, "left", call.start);
  impatient.abort();
  assertEquals(await leaver, "left");
  assertEquals(call.signals[0]!.aborted, false);
  call.resolve("here");
  assertEquals(await stayer, "here");
});

Deno.test("SharedCalls.join() aborts the call when the last one has left", async () => {
  const calls = new SharedCalls<string>();
  const call = pendingCall();
  const impatient = new AbortController();
  const leavers = [1, 2].map(() => calls.join("key", impatient.signal, "left", call.start));
  impatient.abort();
  assertEquals(await Promise.all(leavers), ["left", "left"]);
  assertEquals(call.signals[0]!.aborted, true);
  const next = pendingCall();
  const late = calls.join("key", never, "left", next.start);
  assertEquals(next.signals.length, 1, "an aborted call is nothing to join");
  call.resolve("too late");
  next.resolve("fresh");
  assertEquals(await late, "fresh");
});

Deno.test("SharedCalls.join() starts nothing for one who has given up already", async () => {
  const calls = new SharedCalls<string>();
  const call = pendingCall();
  assertEquals(await calls.join("key", AbortSignal.abort(), "left", call.start), "left");
  assertEquals(call.signals.length, 0);
});

Deno.test("SharedCalls.join() rejects for all when the call does", async () => {
  const calls = new SharedCalls<string>();
  const call = pendingCall();
  const joined = [1, 2].map(() => calls.join("key", never, "left", call.start));
  call.reject(new RangeError("Out of luck"));
  for (const it of joined) await assertRejects(() => it, RangeError);
  assertEquals(calls.size, 0);
});

Deno.test("SharedCalls.abort() aborts every call", async () => {
  const calls = new SharedCalls<string>();
  const call = pendingCall();
  const joined = ["a", "b"].map((it) => calls.join(it, never, "left", call.start));
  calls.abort();
  assertEquals(call.signals.map((it) => it.aborted), [true, true]);
  call.resolve("over");
  await Promise.all(joined);
});
