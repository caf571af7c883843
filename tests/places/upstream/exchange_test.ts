import { assert, assertEquals } from "@std/assert";
import { exchange, type UpstreamRequest } from "../../../src/places/upstream/exchange.ts";
import { testWith } from "../../support/test.ts";
import {
  breakingOff,
  flooding,
  hanging,
  saying,
  stalling,
  startPlacesUpstream,
} from "../../support/fakes/places_upstream.ts";

const test = testWith("sockets");
const never = new AbortController().signal;
const MAX_BYTES = 1_000;

function request(url: string): UpstreamRequest {
  return { url: new URL(url), init: {} };
}

test("exchange() gives status, JSON and Retry-After of an answer", async () => {
  await using upstream = startPlacesUpstream();
  const cases = [
    [saying({ a: 1 }), { status: 200, retryAfterMs: undefined, body: { a: 1 } }],
    [saying("busy", { status: 503 }), { status: 503, retryAfterMs: undefined, body: undefined }],
    [
      saying({ error: 1 }, { status: 429, headers: { "Retry-After": "7" } }),
      { status: 429, retryAfterMs: 7_000, body: { error: 1 } },
    ],
    [
      saying({}, {
        status: 503,
        headers: {
          "Date": "Wed, 21 Oct 2015 07:28:00 GMT",
          "Retry-After": "Wed, 21 Oct 2015 07:28:30 GMT",
        },
      }),
      { status: 503, retryAfterMs: 30_000, body: {} },
    ],
    [
      saying({}, { status: 429, headers: { "Retry-After": "soon" } }),
      { status: 429, retryAfterMs: undefined, body: {} },
    ],
  ] as const;
  for (const [behaviour, expected] of cases) {
    upstream.behave(behaviour);
    const outcome = await exchange(fetch, request(upstream.url), MAX_BYTES, never);
    assertEquals(outcome, { kind: "answer", ...expected });
  }
});

test("exchange() tells what went wrong", async () => {
  await using upstream = startPlacesUpstream();
  const cases = [
    [saying("<html>"), "not JSON"],
    [saying(""), "not JSON"],
    [() => new Response(new Uint8Array([0x22, 0xff, 0x22])), "not JSON"],
    [breakingOff, "broken off"],
    [flooding, "too large"],
    [saying(" ".repeat(MAX_BYTES + 1)), "too large"],
  ] as const;
  for (const [behaviour, fault] of cases) {
    upstream.behave(behaviour);
    const outcome = await exchange(fetch, request(upstream.url), MAX_BYTES, never);
    assertEquals(outcome, { kind: "fault", fault });
  }
});

test("exchange() takes an answer of exactly the limit", async () => {
  await using upstream = startPlacesUpstream();
  upstream.behave(saying(`"${"x".repeat(MAX_BYTES - 2)}"`));
  const outcome = await exchange(fetch, request(upstream.url), MAX_BYTES, never);
  assertEquals(outcome.kind, "answer");
});

Deno.test("exchange() counts all chunks of an answer, and reads none beyond the limit", async () => {
  const text = `"${"x".repeat(MAX_BYTES - 2)}"`;
  /** An answer in chunks of ten bytes. */
  const inChunks = (text: string) => {
    const chunks = text.match(/.{1,10}/g)!;
    let read = 0;
    let isCancelled = false;
    const body = new ReadableStream({
      pull(controller) {
        const chunk = chunks[read++];
        if (chunk === undefined) controller.close();
        else controller.enqueue(new TextEncoder().encode(chunk));
      },
      cancel: () => void (isCancelled = true),
    }, { highWaterMark: 0 });
    const fetcher = () => Promise.resolve(new Response(body));
    return { fetcher, looked: () => ({ read, isCancelled }) };
  };
  const whole = inChunks(text);
  const taken = await exchange(whole.fetcher, request("http://127.0.0.1:1"), MAX_BYTES, never);
  assertEquals(taken.kind, "answer");
  const longer = inChunks(text + " ".repeat(10_000));
  const refused = await exchange(longer.fetcher, request("http://127.0.0.1:1"), MAX_BYTES, never);
  assertEquals(refused, { kind: "fault", fault: "too large" });
  assertEquals(longer.looked(), { read: MAX_BYTES / 10 + 1, isCancelled: true });
});

test("exchange() says that nobody listens", async () => {
  const url = unusedUrl();
  assertEquals(await exchange(fetch, request(url), MAX_BYTES, never), {
    kind: "fault",
    fault: "unreachable",
  });
});

Deno.test("exchange() says that it may not connect", async () => {
  const denied = () => Promise.reject(new Deno.errors.NotCapable("Requires net access"));
  assertEquals(await exchange(denied, request("http://127.0.0.1:1"), MAX_BYTES, never), {
    kind: "fault",
    fault: "not permitted",
  });
});

test("exchange() does not follow a redirect", async () => {
  await using upstream = startPlacesUpstream();
  const headers = { Location: `${upstream.url}/elsewhere` };
  upstream.behave(() => new Response(null, { status: 307, headers }));
  const outcome = await exchange(fetch, request(upstream.url), MAX_BYTES, never);
  assert(outcome.kind === "answer");
  assertEquals(outcome.status, 307);
  assertEquals(upstream.arrivals.length, 1);
});

test("exchange() ends when it is told to, before and within the answer", async () => {
  await using upstream = startPlacesUpstream();
  for (const behaviour of [hanging, stalling]) {
    upstream.behave(behaviour);
    const controller = new AbortController();
    const before = upstream.arrivals.length;
    const outcome = exchange(fetch, request(upstream.url), MAX_BYTES, controller.signal);
    await upstream.arrived(before + 1);
    controller.abort();
    assertEquals((await outcome).kind, "fault");
  }
});

/** A URL at which nobody listens. */
function unusedUrl(): string {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return `http://127.0.0.1:${listener.addr.port}/`;
}
