import { assertEquals, assertRejects } from "@std/assert";
import { chooseProvider, type PlacesOptions } from "../../src/places/choose.ts";
import { ConfigError } from "../../src/base/errors.ts";
import { testWith } from "../support/test.ts";
import { startPlacesUpstream, TEST_KEY } from "../support/fakes/places_upstream.ts";

const never = new AbortController().signal;
const UCLA = { latitude: 34.06893, longitude: -118.445127 };

Deno.test("chooseProvider() makes what is asked for", async () => {
  const cases: readonly [string, PlacesOptions, string][] = [
    ["gazetteer", {}, "gazetteer"],
    ["google", { apiKey: TEST_KEY }, "google"],
    ["google-legacy", { apiKey: TEST_KEY }, "google-legacy"],
    ["overpass:http://127.0.0.1:1/api/interpreter", {}, "overpass"],
    [
      "file:own.csv",
      { readFile: () => Promise.resolve("name,lat,lon,types\nA,1,2,cafe\n") },
      "file",
    ],
  ];
  for (const [spec, options, name] of cases) {
    using provider = await chooseProvider(spec, options);
    assertEquals(provider.name, name);
  }
});

Deno.test("chooseProvider() refuses what it cannot make", async () => {
  const cases: readonly [string, PlacesOptions, string][] = [
    ["nowhere", {}, "Cannot take places from 'nowhere'"],
    ["google", {}, "Cannot ask Google for places: no key is given"],
    ["google-legacy", { apiKey: "" }, "Cannot ask Google for places: no key is given"],
    ["google", { apiKey: TEST_KEY, baseUrl: "http://a.example" }, "in plain text"],
    ["overpass:nowhere", {}, "Cannot use 'nowhere' for places"],
    ["overpass:https://overpass-api.de/api/interpreter", {}, "it is a public instance"],
  ];
  for (const [spec, options, message] of cases) {
    await assertRejects(() => chooseProvider(spec, options), ConfigError, message);
  }
});

testWith("sockets")(
  "chooseProvider() hands on where the upstream is and how to reach it",
  async () => {
    await using upstream = startPlacesUpstream();
    for (const spec of ["google", "google-legacy", `overpass:${upstream.overpassUrl}`]) {
      let calls = 0;
      using provider = await chooseProvider(spec, {
        apiKey: TEST_KEY,
        baseUrl: upstream.url,
        fetch: (...request) => (calls++, fetch(...request)),
      });
      const { results } = await provider.nearby(UCLA, 100, 20, never);
      assertEquals({ length: results.length, calls }, { length: 3, calls: 1 }, spec);
    }
  },
);
