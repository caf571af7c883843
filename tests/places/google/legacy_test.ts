import { assertEquals, assertThrows } from "@std/assert";
import { ConfigError } from "../../../src/base/errors.ts";
import { createGoogleLegacy } from "../../../src/places/google/legacy.ts";
import type { NearbyStatus } from "../../../src/places/provider.ts";
import { testWith } from "../../support/test.ts";
import {
  finding,
  legacyPlace,
  saying,
  SECRET_TEXT,
  startPlacesUpstream,
  TEST_KEY,
} from "../../support/fakes/places_upstream.ts";

const test = testWith("sockets");
const never = new AbortController().signal;
const UCLA = { latitude: 34.06893, longitude: -118.445127 };

test("createGoogleLegacy() asks as the API wants to be asked", async () => {
  await using upstream = startPlacesUpstream();
  const key = "key&with=reserved+characters";
  using provider = createGoogleLegacy({ apiKey: key, baseUrl: upstream.url });
  await provider.nearby(UCLA, 10_000, 5, never);
  const { method, url } = upstream.arrivals[0]!;
  assertEquals({ method, pathname: url.pathname }, {
    method: "GET",
    pathname: "/maps/api/place/nearbysearch/json",
  });
  assertEquals(Object.fromEntries(url.searchParams), {
    location: "34.06893,-118.445127",
    radius: "10000",
    key,
  });
});

test("createGoogleLegacy() writes numbers without exponents, and no radius of 0", async () => {
  await using upstream = startPlacesUpstream();
  using provider = createGoogleLegacy({ apiKey: TEST_KEY, baseUrl: upstream.url });
  await provider.nearby({ latitude: -1e-7, longitude: -0 }, 0, 5, never);
  const { searchParams } = upstream.arrivals[0]!.url;
  assertEquals(searchParams.get("location"), "-0.0000001,0");
  assertEquals(searchParams.get("radius"), "1");
});

test("createGoogleLegacy() passes places and the page token through, and cuts to the bound", async () => {
  await using upstream = startPlacesUpstream();
  upstream.behave(finding(25));
  using provider = createGoogleLegacy({ apiKey: TEST_KEY, baseUrl: upstream.url });
  for (const bound of [1, 2, 20]) {
    assertEquals(await provider.nearby(UCLA, 10_000, bound, never), {
      html_attributions: [],
      next_page_token: "token",
      results: Array.from({ length: bound }, (_, index) => legacyPlace(index)) as never,
      status: "OK",
    });
  }
});

test("createGoogleLegacy() serves all bounds with one call", async () => {
  await using upstream = startPlacesUpstream();
  upstream.behave(finding(20));
  using provider = createGoogleLegacy({ apiKey: TEST_KEY, baseUrl: upstream.url });
  const bounds = [1, 7, 20];
  const found = await Promise.all(bounds.map((it) => provider.nearby(UCLA, 10_000, it, never)));
  assertEquals(found.map((it) => it.results.length), bounds);
  assertEquals(upstream.arrivals.length, 1);
});

test("createGoogleLegacy() gives Google's statuses with words of our own", async () => {
  await using upstream = startPlacesUpstream();
  const statuses: NearbyStatus[] = ["INVALID_REQUEST", "REQUEST_DENIED", "UNKNOWN_ERROR"];
  for (const status of [...statuses, "OVER_QUERY_LIMIT" as const]) {
    using provider = createGoogleLegacy({
      apiKey: TEST_KEY,
      baseUrl: upstream.url,
      limits: { retryDelayMs: 1 },
    });
    upstream.behave(saying({
      error_message: SECRET_TEXT,
      html_attributions: [],
      results: [],
      status,
    }));
    const response = await provider.nearby(UCLA, 10_000, 5, never);
    assertEquals({ status: response.status, results: response.results }, { status, results: [] });
    assertEquals(response.error_message?.includes(SECRET_TEXT), false);
    const isTransient = status === "UNKNOWN_ERROR";
    assertEquals(provider.counters.retries, isTransient ? 2 : 0, status);
  }
});

test("createGoogleLegacy() calls out of form what is not Google's", async () => {
  await using upstream = startPlacesUpstream();
  using provider = createGoogleLegacy({
    apiKey: TEST_KEY,
    baseUrl: upstream.url,
    limits: { breakAfter: 100 },
  });
  for (
    const body of [
      [],
      {},
      { status: "FINE" },
      { status: "OK", results: [1] },
      { status: "OK", results: [[]] },
      { status: "OK", html_attributions: [1] },
    ]
  ) {
    upstream.behave(saying(body));
    const { status } = await provider.nearby(UCLA, 10_000, 5, never);
    assertEquals(status, "UNKNOWN_ERROR", JSON.stringify(body));
  }
});

Deno.test("createGoogleLegacy() refuses a key or a URL that would not do", () => {
  assertThrows(() => createGoogleLegacy({ apiKey: "" }), ConfigError, "the key is empty");
  assertThrows(
    () => createGoogleLegacy({ apiKey: TEST_KEY, baseUrl: "http://proxy.example" }),
    ConfigError,
    "Cannot use 'http://proxy.example/' for places",
  );
});
