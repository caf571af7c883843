import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { FakeTime } from "@std/testing/time";
import type { Attempt } from "../../../src/places/upstream/attempt.ts";
import { REFUSALS } from "../../../src/places/failure.ts";
import {
  Guard,
  GUARD_LIMITS,
  type GuardLimits,
  type Try,
} from "../../../src/places/upstream/guard.ts";
import type { NearbyResponse } from "../../../src/places/provider.ts";
import { type RecordingLog, recordingLog } from "../../support/fakes/log.ts";

const FOUND: NearbyResponse = { html_attributions: [], results: [{ name: "Café" }], status: "OK" };

const WORKED: Attempt = {
  response: FOUND,
  reason: undefined,
  isFault: false,
  isTransient: false,
  pauseMs: undefined,
};
const FAILED: Attempt = {
  ...WORKED,
  response: REFUSALS.UNKNOWN_ERROR,
  reason: "HTTP status 504",
  isFault: true,
};
const STUMBLED: Attempt = { ...FAILED, reason: "HTTP status 500", isTransient: true };

const never = new AbortController().signal;

/** A guard on fake time: waits before retries are half of the longest. */
function makeGuard(limits: Partial<GuardLimits> = {}, log?: RecordingLog): Guard {
  return new Guard({ ...GUARD_LIMITS, ...limits }, {
    name: "test",
    log,
    monotonicMs: () => Date.now(),
    random: () => 0.5,
  });
}

/** An upstream that hangs, and ends an attempt when it is told to. */
function hangingUpstream() {
  const signals: AbortSignal[] = [];
  const send: Try = (signal) => {
    signals.push(signal);
    return new Promise((resolve) => signal.addEventListener("abort", () => resolve(FAILED)));
  };
  return { send, signals };
}

/** An upstream of which every attempt goes as the next item says, the last one for ever. */
function scriptedUpstream(...script: Attempt[]) {
  const upstream = {
    attempts: 0,
    send: () => {
      const attempt = script[Math.min(upstream.attempts, script.length - 1)]!;
      upstream.attempts++;
      return Promise.resolve(attempt);
    },
  };
  return upstream;
}

/** Asks, with a key of its own each time. */
function ask(guard: Guard, send: Try, signal = never): Promise<NearbyResponse> {
  return guard.ask(crypto.randomUUID(), send, signal);
}

Deno.test("Guard.ask() gives what the upstream gave", async () => {
  using guard = makeGuard();
  assertEquals(await ask(guard, scriptedUpstream(WORKED).send), FOUND);
  assertEquals(guard.counters, {
    attempts: 1,
    retries: 0,
    shared: 0,
    rejected: 0,
    broken: 0,
    paused: 0,
    timedOut: 0,
    outcomes: {
      OK: 1,
      ZERO_RESULTS: 0,
      INVALID_REQUEST: 0,
      OVER_QUERY_LIMIT: 0,
      REQUEST_DENIED: 0,
      UNKNOWN_ERROR: 0,
    },
    breaker: "closed",
    active: 0,
    queued: 0,
  });
});

Deno.test("Guard.ask() shares a call among those who ask the same, and counts it", async () => {
  using guard = makeGuard();
  const upstream = scriptedUpstream(WORKED);
  const asked = Array.from({ length: 10 }, () => guard.ask("same", upstream.send, never));
  assertEquals(await Promise.all(asked), Array(10).fill(FOUND));
  assertEquals(upstream.attempts, 1);
  assertEquals(guard.counters.shared, 9);
  assertEquals(guard.counters.outcomes.OK, 10);
});

Deno.test("Guard.ask() answers at the deadline and ends the attempt", async () => {
  using time = new FakeTime();
  using guard = makeGuard({ deadlineMs: 1_000 });
  const upstream = hangingUpstream();
  const asked = ask(guard, upstream.send);
  await time.tickAsync(999);
  assertEquals(upstream.signals[0]!.aborted, false);
  await time.tickAsync(1);
  assertEquals(upstream.signals[0]!.aborted, true);
  const { status, error_message, results } = await asked;
  assertEquals({ status, results }, { status: "UNKNOWN_ERROR", results: [] });
  assertEquals(error_message, "The places service did not answer within 1 s");
  assertEquals(guard.counters.timedOut, 1);
});

Deno.test("Guard.ask() answers 500 at once by the deadline while the upstream hangs", async () => {
  using time = new FakeTime();
  using guard = makeGuard({ deadlineMs: 1_000, maxConcurrent: 8, maxQueued: 100 });
  const upstream = hangingUpstream();
  const answered: NearbyResponse[] = [];
  for (let i = 0; i < 500; i++) ask(guard, upstream.send).then((it) => answered.push(it));
  await time.runMicrotasks();
  assertEquals(upstream.signals.length, 8);
  assertEquals({ active: guard.counters.active, queued: guard.counters.queued }, {
    active: 8,
    queued: 100,
  });
  assertEquals(answered.length, 500 - 108, "what does not fit into the queue is answered at once");
  assertEquals(new Set(answered.map((it) => it.status)), new Set(["OVER_QUERY_LIMIT"]));
  await time.tickAsync(1_000);
  await time.runMicrotasks();
  assertEquals(answered.length, 500);
  assertEquals(
    upstream.signals.length,
    8,
    "nothing is sent for those who were told it is too late",
  );
  assertEquals(guard.counters.rejected, 392);
  assertEquals({ active: guard.counters.active, queued: guard.counters.queued }, {
    active: 0,
    queued: 0,
  });
  assertEquals(guard.counters.breaker, "open");
});

Deno.test("Guard.ask() makes those in the queue wait for their turn and then calls", async () => {
  using time = new FakeTime();
  using guard = makeGuard({ maxConcurrent: 2 });
  let active = 0;
  let most = 0;
  const asked = Array.from({ length: 10 }, () =>
    ask(guard, async () => {
      most = Math.max(most, ++active);
      await new Promise((resolve) => setTimeout(resolve, 10));
      active--;
      return WORKED;
    }));
  for (let i = 0; i < 5; i++) await time.tickAsync(10);
  assertEquals(await Promise.all(asked), Array(10).fill(FOUND));
  assertEquals(most, 2);
});

Deno.test("Guard.ask() does not stall behind those in the queue who gave up", async () => {
  using guard = makeGuard({ maxConcurrent: 1 });
  const { promise, resolve } = Promise.withResolvers<Attempt>();
  const first = ask(guard, () => promise);
  const impatient = new AbortController();
  const leavers = [1, 2, 3].map(() => ask(guard, scriptedUpstream(WORKED).send, impatient.signal));
  const patient = ask(guard, scriptedUpstream(WORKED).send);
  impatient.abort();
  assertEquals((await Promise.all(leavers)).map((it) => it.status), Array(3).fill("UNKNOWN_ERROR"));
  resolve(WORKED);
  assertEquals({ first: await first, patient: await patient }, { first: FOUND, patient: FOUND });
  assertEquals(guard.counters.attempts, 2);
});

Deno.test("Guard.ask() tries again after a transient failure, twice at most", async () => {
  using time = new FakeTime();
  using guard = makeGuard({ retryDelayMs: 200 });
  const lucky = scriptedUpstream(STUMBLED, WORKED);
  const asked = ask(guard, lucky.send);
  await time.tickAsync(99);
  assertEquals(lucky.attempts, 1);
  await time.tickAsync(1);
  assertEquals(await asked, FOUND);

  const unlucky = scriptedUpstream(STUMBLED);
  const failing = ask(guard, unlucky.send);
  await time.tickAsync(100);
  await time.tickAsync(200);
  assertEquals(await failing, REFUSALS.UNKNOWN_ERROR);
  assertEquals(unlucky.attempts, 3);
  assertEquals(guard.counters.retries, 3);
});

Deno.test("Guard.ask() does not try again what would fail again", async () => {
  using guard = makeGuard();
  const upstream = scriptedUpstream(FAILED);
  assertEquals(await ask(guard, upstream.send), REFUSALS.UNKNOWN_ERROR);
  assertEquals(upstream.attempts, 1);
});

Deno.test("Guard.ask() does not retry beyond the deadline", async () => {
  using time = new FakeTime();
  using guard = makeGuard({ deadlineMs: 50, retryDelayMs: 200 });
  const upstream = scriptedUpstream(STUMBLED);
  const asked = ask(guard, upstream.send);
  await time.tickAsync(50);
  assertStringIncludes((await asked).error_message!, "did not answer");
  await time.tickAsync(1_000);
  await time.runMicrotasks();
  assertEquals(upstream.attempts, 1);
});

Deno.test("Guard.ask() sends nothing in the last tenth of the time", async (t) => {
  for (const [turnMs, attempts] of [[899, 2], [901, 1]] as const) {
    await t.step(`a turn after ${turnMs} ms of 1,000`, async () => {
      using time = new FakeTime();
      using guard = makeGuard({ deadlineMs: 1_000, maxConcurrent: 1 });
      const slow: Try = async () => {
        await new Promise((resolve) => setTimeout(resolve, turnMs));
        return WORKED;
      };
      const asked = [ask(guard, slow), ask(guard, scriptedUpstream(WORKED).send)];
      await time.tickAsync(turnMs);
      const statuses = (await Promise.all(asked)).map((it) => it.status);
      assertEquals(statuses, ["OK", attempts === 2 ? "OK" : "UNKNOWN_ERROR"]);
      assertEquals(guard.counters.attempts, attempts);
    });
  }
});

Deno.test("Guard leaves an upstream alone that keeps failing, and tests it after a rest", async () => {
  using time = new FakeTime();
  const log = recordingLog();
  using guard = makeGuard({ breakAfter: 3, restMs: [1_000, 5_000] }, log);
  const upstream = scriptedUpstream(FAILED, FAILED, FAILED, FAILED, WORKED);
  for (let i = 0; i < 3; i++) await ask(guard, upstream.send);
  assertEquals(guard.counters.breaker, "open");

  const { status, error_message } = await ask(guard, upstream.send);
  assertEquals(status, "UNKNOWN_ERROR");
  assertEquals(error_message, "The places service keeps failing and is left alone for a while");
  assertEquals({ attempts: upstream.attempts, broken: guard.counters.broken }, {
    attempts: 3,
    broken: 1,
  });

  time.tick(1_000);
  assertEquals(await ask(guard, upstream.send), REFUSALS.UNKNOWN_ERROR);
  assertEquals(upstream.attempts, 4);
  time.tick(4_999); // the second rest is longer
  await ask(guard, upstream.send);
  assertEquals(upstream.attempts, 4);
  time.tick(1);
  assertEquals(await ask(guard, upstream.send), FOUND);
  assertEquals(guard.counters.breaker, "closed");

  const states = log.entries.filter((it) => it.event === "places.breaker")
    .map((it) => it.fields.state);
  assertEquals(states, ["open", "open", "closed"]);
});

Deno.test("Guard does not blame the upstream for refusals", async () => {
  using guard = makeGuard({ breakAfter: 2 });
  const denied = { ...WORKED, response: REFUSALS.REQUEST_DENIED, reason: "HTTP status 403" };
  for (let i = 0; i < 10; i++) await ask(guard, scriptedUpstream(denied).send);
  assertEquals(guard.counters.breaker, "closed");
  for (let i = 0; i < 2; i++) await ask(guard, scriptedUpstream(FAILED).send);
  assertEquals(guard.counters.breaker, "open");
});

/** An upstream like `fetch` to one that accepts and says nothing: it rejects some turns after an abort. */
function silentUpstream() {
  const upstream = {
    attempts: 0,
    async send(signal: AbortSignal): Promise<Attempt> {
      upstream.attempts++;
      await new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
      for (let turn = 0; turn < 50; turn++) await undefined;
      await new Promise((resolve) => setTimeout(resolve, 0));
      return STUMBLED;
    },
  };
  return upstream;
}

Deno.test("Guard leaves an upstream alone that accepts and says nothing", async () => {
  using time = new FakeTime();
  const log = recordingLog();
  using guard = makeGuard({ breakAfter: 5 }, log);
  const upstream = silentUpstream();
  for (let i = 0; i < 5; i++) {
    const asked = ask(guard, upstream.send);
    await time.tickAsync(GUARD_LIMITS.deadlineMs);
    assertStringIncludes((await asked).error_message!, "did not answer within 5 s");
    // Its end comes after a turn of the event loop of its own.
    for (let turn = 0; turn < 3; turn++) await time.tickAsync(1);
  }
  assertEquals(guard.counters.breaker, "open");
  assertStringIncludes((await ask(guard, upstream.send)).error_message!, "left alone");
  assertEquals(upstream.attempts, 5);
  const said = log.entries.map((it) => `${it.event} ${it.fields.reason ?? it.fields.state}`);
  assertEquals(said, [
    "places.failing deadline",
    ...Array(4).fill("places.failed deadline"),
    "places.breaker open",
  ]);
});

Deno.test("Guard does not blame an upstream that was slow to end when its caller had left", async () => {
  using time = new FakeTime();
  using guard = makeGuard({ breakAfter: 2 });
  const upstream = silentUpstream();
  for (let i = 0; i < 5; i++) {
    const leaving = new AbortController();
    const asked = ask(guard, upstream.send, leaving.signal);
    await time.tickAsync(GUARD_LIMITS.deadlineMs - 1);
    leaving.abort();
    await asked;
    for (let turn = 0; turn < 3; turn++) await time.tickAsync(1);
  }
  assertEquals(upstream.attempts, 5);
  assertEquals(guard.counters.breaker, "closed");
});

Deno.test("Guard does not blame the upstream for callers who leave", async () => {
  using time = new FakeTime();
  using guard = makeGuard({ breakAfter: 1, deadlineMs: 1_000 });
  const impatient = new AbortController();
  const asked = ask(guard, hangingUpstream().send, impatient.signal);
  await time.tickAsync(999);
  impatient.abort();
  assertEquals((await asked).error_message, "The search for places was given up");
  await time.runMicrotasks();
  assertEquals(guard.counters.breaker, "closed");
});

Deno.test("Guard does not blame the upstream for a turn that came just before the deadline", async () => {
  using time = new FakeTime();
  using guard = makeGuard({ breakAfter: 1, deadlineMs: 1_000, maxConcurrent: 1 });
  const slow: Try = async () => {
    await new Promise((resolve) => setTimeout(resolve, 800));
    return WORKED;
  };
  const [first, second] = [ask(guard, slow), ask(guard, hangingUpstream().send)];
  await time.tickAsync(800);
  await time.tickAsync(200);
  assertEquals(await first, FOUND);
  assertEquals((await second).status, "UNKNOWN_ERROR");
  await time.runMicrotasks();
  assertEquals(guard.counters.breaker, "closed");
  assertEquals(guard.counters.attempts, 2);
});

Deno.test("Guard stays open when the caller of the test leaves", async () => {
  using time = new FakeTime();
  using guard = makeGuard({ breakAfter: 1, restMs: [1_000] });
  await ask(guard, scriptedUpstream(FAILED).send);
  time.tick(1_000);
  const impatient = new AbortController();
  const test = ask(guard, hangingUpstream().send, impatient.signal);
  await time.runMicrotasks();
  assertEquals(guard.counters.breaker, "half-open");
  impatient.abort();
  await test;
  await time.runMicrotasks();
  assertEquals(guard.counters.breaker, "open");
});

Deno.test("Guard is silent for as long as the upstream asks, within limits", async (t) => {
  const cases = [
    { asked: 2_000, silentMs: 2_000 },
    { asked: 99_000, silentMs: 10_000 },
  ];
  for (const { asked, silentMs } of cases) {
    await t.step(`${asked} ms`, async () => {
      using time = new FakeTime();
      using guard = makeGuard({ maxPauseMs: 10_000 });
      const full = {
        ...WORKED,
        response: REFUSALS.OVER_QUERY_LIMIT,
        reason: "HTTP status 429",
        pauseMs: asked,
      };
      const upstream = scriptedUpstream(full, WORKED);
      assertEquals(await ask(guard, upstream.send), REFUSALS.OVER_QUERY_LIMIT);
      time.tick(silentMs - 1);
      const { status, error_message } = await ask(guard, upstream.send);
      assertEquals(status, "OVER_QUERY_LIMIT");
      assertEquals(error_message, "The places service has asked for a pause");
      assertEquals({ attempts: upstream.attempts, paused: guard.counters.paused }, {
        attempts: 1,
        paused: 1,
      });
      time.tick(1);
      assertEquals(await ask(guard, upstream.send), FOUND);
    });
  }
});

Deno.test("Guard is silent until the later of two pauses is over, whichever came last", async (t) => {
  for (const pauses of [[9_000, 2_000], [2_000, 9_000]]) {
    await t.step(`${pauses.join(" ms, then ")} ms`, async () => {
      using time = new FakeTime();
      using guard = makeGuard();
      const answers = pauses.map(() => Promise.withResolvers<Attempt>());
      // Both are under way when the first pause is asked for.
      const asked = answers.map(({ promise }) => ask(guard, () => promise));
      await time.runMicrotasks();
      for (const [index, { resolve }] of answers.entries()) {
        resolve({ ...WORKED, response: REFUSALS.OVER_QUERY_LIMIT, pauseMs: pauses[index]! });
        await asked[index];
      }
      const upstream = scriptedUpstream(WORKED);
      time.tick(8_999);
      assertEquals((await ask(guard, upstream.send)).status, "OVER_QUERY_LIMIT");
      time.tick(1);
      assertEquals(await ask(guard, upstream.send), FOUND);
    });
  }
});

Deno.test("Guard.ask() never rejects, and keeps the words of a bug to itself", async () => {
  const log = recordingLog();
  using guard = makeGuard({}, log);
  const response = await ask(guard, () => {
    throw new RangeError("https://maps.googleapis.com/?key=secret");
  });
  assertEquals(response, REFUSALS.UNKNOWN_ERROR);
  const { event, fields } = log.entries[0]!;
  assertEquals({ event, reason: fields.reason }, { event: "places.bug", reason: "RangeError" });
  assert(!JSON.stringify(log.entries).includes("secret"));
});

Deno.test("Guard logs when the upstream starts to fail and when it works again, once each", async () => {
  const log = recordingLog({ debugEnabled: false });
  using guard = makeGuard({ breakAfter: 100 }, log);
  const upstream = scriptedUpstream(WORKED, FAILED, FAILED, FAILED, WORKED, WORKED);
  for (let i = 0; i < 6; i++) await ask(guard, upstream.send);
  assertEquals(log.entries.map((it) => [it.level, it.event, it.fields.reason]), [
    ["warn", "places.failing", "HTTP status 504"],
    ["info", "places.working", undefined],
  ]);
});

Deno.test("Guard[Symbol.dispose]() answers those who wait and those who come later", async () => {
  const guard = makeGuard();
  const upstream = hangingUpstream();
  const waiting = ask(guard, upstream.send);
  guard[Symbol.dispose]();
  assertEquals((await waiting).status, "UNKNOWN_ERROR");
  assertEquals(upstream.signals[0]!.aborted, true);
  assertEquals(
    (await ask(guard, upstream.send)).error_message,
    "The search for places was given up",
  );
  assertEquals(upstream.signals.length, 1);
});
