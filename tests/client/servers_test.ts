// Requests to one server after the other: which answers are another server's turn, how often, and for how long.

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { HerdClient, HerdError } from "../../src/client/mod.ts";
import { ROUNDS } from "../../src/client/servers.ts";
import { TIMEOUT_MS } from "../../src/client/client.ts";
import { Backoff, FIRST_WAIT_MS, MAX_WAIT_MS } from "../../src/client/waits.ts";
import { until } from "../support/waiting.ts";
import { FakeTimers } from "./fakes/fake_herd.ts";

const test = Deno.test;
const SERVERS = ["http://a", "http://b"];
const KNOWN = { id: "kiwi", time: "1", lat: 1, lon: 1 };

/** A client of servers that answer with what `answers` has next; and the addresses that were asked. */
function clientOf(answers: Iterable<Response | Error>) {
  const asked: string[] = [];
  const next = answers[Symbol.iterator]();
  const { timer } = new FakeTimers([TIMEOUT_MS]);
  const fetch = (url: string): Promise<Response> => {
    asked.push(new URL(url).host);
    const { value } = next.next();
    return value instanceof Error ? Promise.reject(value) : Promise.resolve(value!);
  };
  return { client: new HerdClient(SERVERS, { fetch, timer }), asked };
}

function problem(status: number, detail: string, headers: Record<string, string> = {}): Response {
  const body = JSON.stringify({ type: "about:blank", title: "", status, detail });
  return new Response(body, { status, headers });
}

test("another server is asked after any 5xx, an answer that is none, and no answer", async () => {
  const failures = [
    () => problem(500, "a bug"),
    () => problem(503, "stopping"),
    () => problem(507, "full"),
    () => new Response("<html>502</html>", { status: 502 }),
    () => new Response("<html>welcome</html>"),
    () => new TypeError("connection refused"),
  ];
  for (const failure of failures) {
    const { client, asked } = clientOf([failure(), Response.json(KNOWN)]);
    assertEquals((await client.ask("kiwi"))?.lat, 1);
    assertEquals(asked, ["a", "b"]);
  }
});

test("no other server is asked after any 4xx", async () => {
  for (const status of [400, 401, 403, 405, 413, 415, 429]) {
    const { client, asked } = clientOf([problem(status, "no", { "Retry-After": "7" })]);
    const error = await assertRejects(() => client.near({ lat: 1, lon: 1 }), HerdError);
    const { detail, retryAfterSeconds, failures } = error;
    assertEquals({ status: error.status, detail, retryAfterSeconds, failures, asked }, {
      status,
      detail: "no",
      retryAfterSeconds: 7,
      failures: [],
      asked: ["a"],
    });
  }
});

test("a client that is not known is no error, but what cannot be told is one", async () => {
  const missing = () => [problem(404, "no client")];
  assertEquals(await clientOf(missing()).client.ask("kiwi"), undefined);
  assertEquals(await clientOf(missing()).client.places("kiwi"), undefined);
  await assertRejects(
    () => clientOf(missing()).client.tell({ id: "a", lat: 1, lon: 1 }),
    HerdError,
  );
  await assertRejects(() => clientOf(missing()).client.forget("a"), HerdError);
});

test("each server is asked as often as there are rounds, and then all failures are told", async () => {
  const count = ROUNDS * SERVERS.length;
  const answers = Array.from({ length: count + 1 }, (_, index) => problem(503, `busy ${index}`));
  const { client, asked } = clientOf(answers);
  const error = await assertRejects(() => client.ask("kiwi"), HerdError);
  assertEquals(asked, ["a", "b", "a", "b", "a", "b"]);
  assertEquals(
    error.failures.map((it) => it.detail),
    answers.slice(0, count).map((_, i) => `busy ${i}`),
  );
  assertEquals(error.status, 503);
  assertMatch(error.message, /^http:\/\/b: busy 5\. It is the last of 6 tries \(503\)$/);
});

test("an answer that does not end in time is another server's turn", async () => {
  const timers = new FakeTimers([TIMEOUT_MS]);
  const fetch = (url: string, { signal }: RequestInit) => {
    if (!url.startsWith("http://a")) return Promise.resolve(Response.json(KNOWN));
    const body = new ReadableStream({
      start: (controller) => {
        controller.enqueue(new TextEncoder().encode('{"id":'));
        signal!.addEventListener("abort", () => controller.error(signal!.reason));
      },
    });
    return Promise.resolve(new Response(body));
  };
  const client = new HerdClient(SERVERS, { fetch, timer: timers.timer });
  const answer = client.ask("kiwi");
  await until(() => timers.pending(TIMEOUT_MS) === 1);
  timers.fire(TIMEOUT_MS);
  assertEquals((await answer)?.id, "kiwi");
  assertEquals(timers.pending(TIMEOUT_MS), 0);
});

test("a request that is aborted is asked of no other server", async () => {
  const asked: string[] = [];
  const fetch = (url: string, { signal }: RequestInit) => {
    asked.push(url);
    return new Promise<Response>((_, reject) => {
      signal!.addEventListener("abort", () => reject(signal!.reason));
    });
  };
  const client = new HerdClient(SERVERS, { fetch });
  const ends = new AbortController();
  const reason = new Error("enough");
  const answers = [
    client.ask("kiwi", { signal: ends.signal }),
    client.tell({ id: "kiwi", lat: 1, lon: 1 }, { signal: ends.signal }),
    client.tellAll([{ id: "kiwi", lat: 1, lon: 1 }], { signal: ends.signal }),
    client.list({}, { signal: ends.signal }).next(),
    client.watch({}, { signal: ends.signal }).next(),
  ];
  await until(() => asked.length === answers.length);
  ends.abort(reason);
  for (const it of answers) assertEquals(await it.catch((error) => error), reason);
  assertEquals(asked.length, answers.length);
  await assertRejects(() => client.ask("kiwi", { signal: ends.signal }), Error, "enough");
});

test("a token function that fails is the caller's error", async () => {
  const token = () => Promise.reject(new Error("no token"));
  const client = new HerdClient(SERVERS, { token, fetch: () => Promise.reject(new Error()) });
  await assertRejects(() => client.ask("kiwi"), Error, "no token");
});

test("waits double up to the longest, and begin anew when something has worked", () => {
  const backoff = new Backoff();
  let limitMs = FIRST_WAIT_MS;
  for (let i = 0; i < 20; i++) {
    const waitMs = backoff.next();
    assert(waitMs >= 0 && waitMs <= limitMs, `${waitMs} of ${limitMs}`);
    limitMs = Math.min(limitMs * 2, MAX_WAIT_MS);
  }
  assertEquals(limitMs, MAX_WAIT_MS);
  backoff.reset();
  assert(backoff.next() <= FIRST_WAIT_MS);
});
