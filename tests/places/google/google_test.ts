import { assertEquals, assertThrows } from "@std/assert";
import { ConfigError } from "../../../src/base/errors.ts";
import { createGoogle } from "../../../src/places/google/google.ts";
import { testWith } from "../../support/test.ts";
import {
  finding,
  googlePlace,
  saying,
  startPlacesUpstream,
  TEST_KEY,
} from "../../support/fakes/places_upstream.ts";

const test = testWith("sockets");
const never = new AbortController().signal;
const UCLA = { latitude: 34.06893, longitude: -118.445127 };

test("createGoogle() asks as the API wants to be asked", async () => {
  await using upstream = startPlacesUpstream();
  using provider = createGoogle({ apiKey: TEST_KEY, baseUrl: upstream.url });
  await provider.nearby(UCLA, 10_000, 5, never);
  const { method, url, headers, body } = upstream.arrivals[0]!;
  assertEquals({ method, pathname: url.pathname, search: url.search }, {
    method: "POST",
    pathname: "/v1/places:searchNearby",
    search: "",
  });
  assertEquals(headers.get("content-type"), "application/json");
  assertEquals(headers.get("x-goog-api-key"), TEST_KEY);
  assertEquals(
    headers.get("x-goog-fieldmask"),
    "places.id,places.displayName,places.location,places.types,places.shortFormattedAddress",
  );
  assertEquals(JSON.parse(body), {
    maxResultCount: 5,
    rankPreference: "POPULARITY",
    locationRestriction: { circle: { center: UCLA, radius: 10_000 } },
  });
});

test("createGoogle() asks through a proxy with a path, and for other fields", async () => {
  await using upstream = startPlacesUpstream();
  upstream.behave(saying({}));
  using provider = createGoogle({
    apiKey: TEST_KEY,
    baseUrl: `${upstream.url}/google/`,
    fields: ["places.id", "places.rating"],
  });
  await provider.nearby(UCLA, 10_000, 5, never);
  const { url, headers } = upstream.arrivals[0]!;
  assertEquals(url.pathname, "/google/v1/places:searchNearby");
  assertEquals(headers.get("x-goog-fieldmask"), "places.id,places.rating");
});

test("createGoogle() raises a radius of 0 to the least that Google takes", async () => {
  await using upstream = startPlacesUpstream();
  using provider = createGoogle({ apiKey: TEST_KEY, baseUrl: upstream.url });
  await provider.nearby(UCLA, 0, 5, never);
  assertEquals(JSON.parse(upstream.arrivals[0]!.body).locationRestriction.circle.radius, 1);
});

test("createGoogle() gives the legacy shape of what Google finds", async () => {
  await using upstream = startPlacesUpstream();
  upstream.behave(finding(1));
  using provider = createGoogle({ apiKey: TEST_KEY, baseUrl: upstream.url });
  assertEquals(await provider.nearby(UCLA, 10_000, 5, never), {
    html_attributions: [],
    results: [{
      geometry: { location: { lat: 34, lng: -118 } },
      name: "Place 0",
      place_id: "place-0",
      reference: "place-0",
      types: ["cafe", "point_of_interest"],
      vicinity: "0 Main Street, Los Angeles",
    }],
    status: "OK",
  });
});

test("createGoogle() maps every field that the legacy shape has, in its order", async () => {
  await using upstream = startPlacesUpstream();
  upstream.behave(saying({
    places: [{
      ...googlePlace(0) as Record<string, never>,
      attributions: [
        { provider: "Maps & <Co>", providerUri: "https://maps.example/?a=1&b=2" },
        { provider: "Nobody", providerUri: "javascript:alert(1)" },
      ],
      businessStatus: "OPERATIONAL",
      plusCode: { globalCode: "85633JR3+X2", compoundCode: "3JR3+X2 Los Angeles" },
      rating: 4.5,
      userRatingCount: 12,
      viewport: {
        low: { latitude: 33.9, longitude: -118.1 },
        high: { latitude: 34.1, longitude: -117.9 },
      },
      unheardOf: true,
    }],
  }));
  using provider = createGoogle({ apiKey: TEST_KEY, baseUrl: upstream.url });
  const { html_attributions, results } = await provider.nearby(UCLA, 10_000, 5, never);
  assertEquals(html_attributions, [
    '<a href="https://maps.example/?a=1&amp;b=2">Maps &amp; &lt;Co&gt;</a>',
    "Nobody",
  ]);
  const expected = {
    business_status: "OPERATIONAL",
    geometry: {
      location: { lat: 34, lng: -118 },
      viewport: {
        northeast: { lat: 34.1, lng: -117.9 },
        southwest: { lat: 33.9, lng: -118.1 },
      },
    },
    name: "Place 0",
    place_id: "place-0",
    plus_code: { compound_code: "3JR3+X2 Los Angeles", global_code: "85633JR3+X2" },
    rating: 4.5,
    reference: "place-0",
    types: ["cafe", "point_of_interest"],
    user_ratings_total: 12,
    vicinity: "0 Main Street, Los Angeles",
  };
  assertEquals(JSON.stringify(results), JSON.stringify([expected]));
});

test("createGoogle() reads what Google leaves out", async () => {
  await using upstream = startPlacesUpstream();
  using provider = createGoogle({ apiKey: TEST_KEY, baseUrl: upstream.url });
  upstream.behave(saying({ places: [{ id: "null-island", location: {} }] }));
  const { results } = await provider.nearby(UCLA, 10_000, 5, never);
  assertEquals(results[0]?.geometry, { location: { lat: 0, lng: 0 } });
  upstream.behave(saying({}));
  assertEquals(await provider.nearby(UCLA, 10_000, 5, never), {
    html_attributions: [],
    results: [],
    status: "ZERO_RESULTS",
  });
});

test("createGoogle() calls out of form what is not Google's", async () => {
  await using upstream = startPlacesUpstream();
  using provider = createGoogle({
    apiKey: TEST_KEY,
    baseUrl: upstream.url,
    limits: { breakAfter: 100 },
  });
  for (
    const body of [
      [],
      null,
      1,
      { places: {} },
      { places: [1] },
      { places: [{ id: 1 }] },
      { places: [{ location: { latitude: "34" } }] },
      { error: { code: 500 } },
    ]
  ) {
    upstream.behave(saying(body));
    const { status } = await provider.nearby(UCLA, 10_000, 5, never);
    assertEquals(status, "UNKNOWN_ERROR", JSON.stringify(body));
  }
});

test("createGoogle() tells a wrong key from a wrong request", async () => {
  await using upstream = startPlacesUpstream();
  using provider = createGoogle({ apiKey: TEST_KEY, baseUrl: upstream.url });
  const error = {
    code: 400,
    message: "API key not valid. Please pass a valid API key.",
    status: "INVALID_ARGUMENT",
    details: [{
      "@type": "type.googleapis.com/google.rpc.ErrorInfo",
      reason: "API_KEY_INVALID",
      domain: "googleapis.com",
    }],
  };
  upstream.behave(saying({ error }, { status: 400 }));
  assertEquals((await provider.nearby(UCLA, 1, 1, never)).status, "REQUEST_DENIED");
  upstream.behave(saying({ error: { ...error, details: [] } }, { status: 400 }));
  assertEquals((await provider.nearby(UCLA, 1, 1, never)).status, "INVALID_REQUEST");
});

test("createGoogle() makes calls of their own for other bounds, places and radii", async () => {
  await using upstream = startPlacesUpstream();
  using provider = createGoogle({ apiKey: TEST_KEY, baseUrl: upstream.url });
  await Promise.all([
    provider.nearby(UCLA, 1_000, 5, never),
    provider.nearby(UCLA, 1_000, 5, never),
    provider.nearby(UCLA, 1_000, 6, never),
    provider.nearby(UCLA, 1_001, 5, never),
    provider.nearby({ ...UCLA, latitude: 34.06894 }, 1_000, 5, never),
  ]);
  assertEquals({ length: upstream.arrivals.length, shared: provider.counters.shared }, {
    length: 4,
    shared: 1,
  });
});

Deno.test("createGoogle() refuses a key or a URL that would not do", () => {
  for (const apiKey of ["", "two words", `${TEST_KEY}\n`, "schlüssel"]) {
    const error = assertThrows(() => createGoogle({ apiKey }), ConfigError);
    assertEquals(apiKey !== "" && error.message.includes(apiKey.trim()), false);
  }
  assertThrows(
    () => createGoogle({ apiKey: TEST_KEY, baseUrl: "http://proxy.example" }),
    ConfigError,
    "the key would go over the network in plain text",
  );
});
