// What all providers over the network owe to those who ask, whatever the upstream does.

import { assert, assertEquals } from "@std/assert";
import { createGoogle } from "../../../src/places/google/google.ts";
import { createGoogleLegacy } from "../../../src/places/google/legacy.ts";
import type { GuardLimits } from "../../../src/places/upstream/guard.ts";
import type {
  GuardedProvider,
  NetworkOptions,
} from "../../../src/places/upstream/guarded_provider.ts";
import { createOverpass } from "../../../src/places/overpass/overpass.ts";
import { printNearby } from "../../../src/places/print.ts";
import type { NearbyResponse } from "../../../src/places/provider.ts";
import { recordingLog } from "../../support/fakes/log.ts";
import { testWith } from "../../support/test.ts";
import {
  type Behaviour,
  breakingOff,
  finding,
  flooding,
  hanging,
  type PlacesUpstream,
  refusing,
  saying,
  SECRET_TEXT,
  slow,
  stalling,
  startPlacesUpstream,
  TEST_KEY,
} from "../../support/fakes/places_upstream.ts";

const test = testWith("sockets");
const never = new AbortController().signal;
const UCLA = { latitude: 34.06893, longitude: -118.445127 };
const QUICK: Partial<GuardLimits> = { retryDelayMs: 1, maxRetries: 2 };

type Create = (upstream: PlacesUpstream, options: NetworkOptions) => GuardedProvider;

const PROVIDERS: Readonly<Record<string, Create>> = {
  "google": ({ url }, options) => createGoogle({ apiKey: TEST_KEY, baseUrl: url, ...options }),
  "google-legacy": ({ url }, options) =>
    createGoogleLegacy({ apiKey: TEST_KEY, baseUrl: url, ...options }),
  "overpass": ({ overpassUrl }, options) => createOverpass({ url: overpassUrl, ...options }),
};

const FAILURES: readonly {
  name: string;
  behaviour: Behaviour;
  status: NearbyResponse["status"];
  attempts: number;
  deadlineMs?: number;
}[] = [
  { name: "400", behaviour: refusing(400), status: "INVALID_REQUEST", attempts: 1 },
  { name: "401", behaviour: refusing(401), status: "REQUEST_DENIED", attempts: 1 },
  { name: "403", behaviour: refusing(403), status: "REQUEST_DENIED", attempts: 1 },
  { name: "404", behaviour: refusing(404), status: "UNKNOWN_ERROR", attempts: 1 },
  { name: "429", behaviour: refusing(429), status: "OVER_QUERY_LIMIT", attempts: 1 },
  { name: "500", behaviour: refusing(500), status: "UNKNOWN_ERROR", attempts: 3 },
  { name: "502", behaviour: refusing(502), status: "UNKNOWN_ERROR", attempts: 3 },
  { name: "503", behaviour: refusing(503), status: "UNKNOWN_ERROR", attempts: 3 },
  {
    name: "503 with Retry-After",
    behaviour: refusing(503, { "Retry-After": "1" }),
    status: "UNKNOWN_ERROR",
    attempts: 1,
  },
  { name: "504", behaviour: refusing(504), status: "UNKNOWN_ERROR", attempts: 1 },
  { name: "not JSON", behaviour: saying("<html>"), status: "UNKNOWN_ERROR", attempts: 1 },
  { name: "broken off", behaviour: breakingOff, status: "UNKNOWN_ERROR", attempts: 1 },
  { name: "without end", behaviour: flooding, status: "UNKNOWN_ERROR", attempts: 1 },
  {
    name: "hanging",
    behaviour: hanging,
    status: "UNKNOWN_ERROR",
    attempts: 1,
    deadlineMs: 100,
  },
  {
    name: "stalling",
    behaviour: stalling,
    status: "UNKNOWN_ERROR",
    attempts: 1,
    deadlineMs: 100,
  },
];

for (const [name, create] of Object.entries(PROVIDERS)) {
  test(`${name} gives a status and no places for every failure, and shows no secret`, async (t) => {
    await using upstream = startPlacesUpstream();
    for (const { name, behaviour, status, attempts, deadlineMs = 5_000 } of FAILURES) {
      await t.step(name, async () => {
        const log = recordingLog();
        using provider = create(upstream, { log, limits: { ...QUICK, deadlineMs } });
        upstream.behave(behaviour);
        const response = await provider.nearby(UCLA, 10_000, 20, never);
        assertEquals({ status: response.status, results: response.results }, {
          status,
          results: [],
        });
        assertEquals(response.html_attributions, []);
        assert(response.error_message);
        assertEquals(provider.counters.attempts, attempts);
        assertEquals(provider.counters.outcomes[status], 1);
        assertNoSecret(new TextDecoder().decode(printNearby(response)));
        assertNoSecret(JSON.stringify(log.entries));
      });
    }
  });

  test(`${name} answers 500 at once by the deadline while the upstream hangs`, async () => {
    await using upstream = startPlacesUpstream();
    upstream.behave(hanging);
    using provider = create(upstream, { limits: { deadlineMs: 1_000 } });
    const start = performance.now();
    const responses = await Promise.all(
      Array.from({ length: 500 }, (_, i) => provider.nearby(UCLA, i + 1, 20, never)),
    );
    const tookMs = performance.now() - start;
    assert(tookMs < 6_000, `took ${tookMs} ms`); // with room for a busy machine
    for (const { status, error_message, results } of responses) {
      assert(status === "UNKNOWN_ERROR" || status === "OVER_QUERY_LIMIT");
      assert(error_message);
      assertEquals(results, []);
    }
    assert(upstream.arrivals.length < 250, "most of them never trouble the upstream");
  });

  test(`${name} tries again and finds places after a failure that passes`, async () => {
    await using upstream = startPlacesUpstream();
    upstream.behave(refusing(503), finding(2));
    using provider = create(upstream, { limits: QUICK });
    const { status, results } = await provider.nearby(UCLA, 10_000, 20, never);
    assertEquals({ status, length: results.length }, { status: "OK", length: 2 });
  });

  test(`${name} gives 20 at most, whatever comes`, async () => {
    await using upstream = startPlacesUpstream();
    upstream.behave(finding(30));
    using provider = create(upstream, {});
    for (const bound of [20, 1]) {
      assertEquals((await provider.nearby(UCLA, 10_000, bound, never)).results.length, bound);
    }
  });

  test(`${name} answers a bound of 0 without a call`, async () => {
    await using upstream = startPlacesUpstream();
    using provider = create(upstream, {});
    assertEquals(provider.nearby(UCLA, 10_000, 0, never), {
      html_attributions: [],
      results: [],
      status: "ZERO_RESULTS",
    });
    assertEquals(upstream.arrivals.length, 0);
  });

  test(`${name} shares a call, keeps it for those who stay, and keeps nothing after it`, async () => {
    await using upstream = startPlacesUpstream();
    const gate = Promise.withResolvers<void>();
    upstream.behave(slow(gate.promise, finding(2)), finding(1));
    using provider = create(upstream, {});
    const impatient = new AbortController();
    const leaver = provider.nearby(UCLA, 100, 20, impatient.signal);
    const stayer = provider.nearby(UCLA, 100, 20, never);
    await upstream.arrived(1);
    impatient.abort();
    assertEquals((await leaver).error_message, "The search for places was given up");
    gate.resolve();
    assertEquals((await stayer).results.length, 2);
    assertEquals(upstream.arrivals.length, 1);
    assertEquals((await provider.nearby(UCLA, 100, 20, never)).results.length, 1);
    assertEquals(upstream.arrivals.length, 2);
  });

  test(`${name} answers when nobody listens, and shows no secret`, async () => {
    const upstream = startPlacesUpstream();
    await upstream[Symbol.asyncDispose]();
    const log = recordingLog();
    using provider = create(upstream, { log, limits: QUICK });
    const response = await provider.nearby(UCLA, 10_000, 20, never);
    assertEquals({ status: response.status, results: response.results }, {
      status: "UNKNOWN_ERROR",
      results: [],
    });
    assertEquals(provider.counters.attempts, 3);
    assertEquals(log.entries[0]!.fields.reason, "unreachable");
    assertNoSecret(JSON.stringify([response, log.entries]));
  });
}

test("the upstream of these tests does tell its secrets", async () => {
  await using upstream = startPlacesUpstream();
  upstream.behave(refusing(403));
  const text = await (await fetch(upstream.url)).text();
  assert(text.includes(TEST_KEY) && text.includes(SECRET_TEXT));
});

function assertNoSecret(text: string): void {
  assert(!text.includes(TEST_KEY) && !text.includes(SECRET_TEXT), text);
}
