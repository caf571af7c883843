import { assertEquals, assertLess, assertMatch, assertThrows } from "@std/assert";
import { distance } from "geokdbush";
import { ConfigError } from "../../../src/base/errors.ts";
import { createOverpass } from "../../../src/places/overpass/overpass.ts";
import { testWith } from "../../support/test.ts";
import {
  type Arrival,
  finding,
  refusing,
  saying,
  slow,
  startPlacesUpstream,
} from "../../support/fakes/places_upstream.ts";

const test = testWith("sockets");
const never = new AbortController().signal;
const UCLA = { latitude: 34.06893, longitude: -118.445127 };
const ATTRIBUTION =
  '<a href="https://www.openstreetmap.org/copyright">© OpenStreetMap contributors</a>';

test("createOverpass() asks for named places around a point, and says who asks", async () => {
  await using upstream = startPlacesUpstream();
  using provider = createOverpass({ url: upstream.overpassUrl });
  await provider.nearby(UCLA, 10_000, 5, never);
  const { method, url, headers, body } = upstream.arrivals[0]!;
  assertEquals({ method, pathname: url.pathname }, {
    method: "POST",
    pathname: "/api/interpreter",
  });
  assertMatch(headers.get("content-type")!, /^application\/x-www-form-urlencoded/);
  assertMatch(headers.get("user-agent")!, /^Herd\//);
  const around = "around:250,34.06893,-118.445127";
  assertEquals(
    new URLSearchParams(body).get("data"),
    `[out:json][timeout:10];(nwr(${around})[name][amenity];nwr(${around})[name][shop];` +
      `nwr(${around})[name][tourism];nwr(${around})[name][leisure];);out center 600;`,
  );
});

test("createOverpass() gives the nearest first, and cuts to the bound", async () => {
  await using upstream = startPlacesUpstream();
  upstream.behave(finding(60));
  using provider = createOverpass({ url: upstream.overpassUrl });
  // The upstream's element i is at latitude 34.1 - i / 1000.
  const { html_attributions, results, status } = await provider.nearby(
    { latitude: 34.07, longitude: -118 },
    10_000,
    3,
    never,
  );
  assertEquals(status, "OK");
  assertEquals(html_attributions, [ATTRIBUTION]);
  assertEquals(results.map((it) => it.name).sort(), ["Place 29", "Place 30", "Place 31"]);
  assertEquals(results[0]!.name, "Place 30");
});

/** Finds which of these places are in the circle of a query, and gives some of them, as Overpass does. */
function finder(
  places: readonly { readonly lat: number; readonly lon: number }[],
  radii: number[],
) {
  return ({ body }: Arrival) => {
    const data = new URLSearchParams(body).get("data")!;
    const [, metres, lat, lon] = data.match(/around:([\d.]+),([\d.-]+),([\d.-]+)/)!.map(Number);
    const limit = Number(data.match(/out center (\d+);/)![1]);
    radii.push(metres!);
    const elements = places.map((place, id) => ({ type: "node", id, ...place, tags: TAGS }))
      .filter((it) => distance(lon!, lat!, it.lon, it.lat) * 1_000 <= metres!)
      .slice(0, limit);
    return Response.json({ elements });
  };
}

const TAGS = { name: "A place", amenity: "cafe" };

/** So many places, farther and farther away up to `km`, the farthest first. */
function around({ latitude, longitude }: typeof UCLA, count: number, km: number) {
  return Array.from({ length: count }, (_, i) => {
    const degrees = km / 111.2 * Math.sqrt((count - i) / count);
    return { lat: latitude + degrees * Math.sin(i), lon: longitude + degrees * Math.cos(i) };
  });
}

test("createOverpass() never loses the nearest places to a larger radius", async () => {
  await using upstream = startPlacesUpstream();
  const worlds = {
    "a city": around(UCLA, 40_000, 5),
    "a suburb": around(UCLA, 3_000, 30),
    "a desert": around(UCLA, 25, 40),
    "one that is cut": [...around(UCLA, 30, 0.4), ...around(UCLA, 5_000, 0.2)],
    "a crowd beyond a few": [
      ...around(UCLA, 2_000, 1).map((it) => ({ ...it, lat: it.lat + 0.02 })),
      ...around(UCLA, 7, 1),
    ],
  };
  for (const [name, places] of Object.entries(worlds)) {
    const nearest = places.map(({ lat, lon }, id) => ({
      id: `osm:node/${id}`,
      km: distance(UCLA.longitude, UCLA.latitude, lon, lat),
    })).sort((a, b) => a.km - b.km);
    for (const radius of [100, 1_000, 10_000, 50_000]) {
      const radii: number[] = [];
      upstream.behave(finder(places, radii));
      using provider = createOverpass({ url: upstream.overpassUrl });
      const { results } = await provider.nearby(UCLA, radius, 20, never);
      const expected = nearest.filter((it) => it.km * 1_000 <= radius).slice(0, 20);
      assertEquals(results.map((it) => it.place_id), expected.map((it) => it.id), name);
      assertLess(radii.length, 8, `${name}: ${radii}`);
    }
  }
});

test("createOverpass() gives up with the first circle that fails", async () => {
  await using upstream = startPlacesUpstream();
  using provider = createOverpass({ url: upstream.overpassUrl });
  upstream.behave(finding(1), refusing(504), finding(1));
  const { status, results } = await provider.nearby(UCLA, 10_000, 5, never);
  assertEquals({ status, results }, { status: "UNKNOWN_ERROR", results: [] });
  assertEquals(upstream.arrivals.length, 2);
});

test("createOverpass() gives the legacy shape of nodes, ways and relations", async () => {
  await using upstream = startPlacesUpstream();
  upstream.behave(saying({
    elements: [
      {
        type: "node",
        id: 1,
        lat: 34.0689,
        lon: -118.4451,
        tags: {
          "name": "Kerckhoff <Café>",
          "amenity": "cafe;bar",
          "shop": "yes",
          "addr:housenumber": "308",
          "addr:street": "Westwood Plaza",
          "addr:city": "Los Angeles",
        },
      },
      {
        type: "way",
        id: 2,
        center: { lat: 34.08, lon: -118.44 },
        nodes: [1, 2],
        tags: { name: "Park", leisure: "park" },
      },
      { type: "relation", id: 3, tags: { name: "Nowhere", tourism: "zoo" } },
    ],
  }));
  using provider = createOverpass({ url: upstream.overpassUrl });
  const { results } = await provider.nearby(UCLA, 10_000, 5, never);
  assertEquals(results, [
    {
      geometry: { location: { lat: 34.0689, lng: -118.4451 } },
      name: "Kerckhoff <Café>",
      place_id: "osm:node/1",
      reference: "osm:node/1",
      types: ["cafe", "bar", "amenity", "shop"],
      vicinity: "308 Westwood Plaza, Los Angeles",
    },
    {
      geometry: { location: { lat: 34.08, lng: -118.44 } },
      name: "Park",
      place_id: "osm:way/2",
      reference: "osm:way/2",
      types: ["park", "leisure"],
    },
  ]);
});

test("createOverpass() finds nothing, and takes a query that ran out of time for a failure", async () => {
  await using upstream = startPlacesUpstream();
  using provider = createOverpass({ url: upstream.overpassUrl });
  upstream.behave(finding(0));
  assertEquals(await provider.nearby(UCLA, 1, 1, never), {
    html_attributions: [],
    results: [],
    status: "ZERO_RESULTS",
  });
  const remark = 'runtime error: Query timed out in "query" at line 1 after 11 seconds.';
  for (const body of [{ elements: [], remark }, {}, { elements: [{ type: "node" }] }]) {
    upstream.behave(saying(body));
    const { status } = await provider.nearby(UCLA, 1, 1, never);
    assertEquals(status, "UNKNOWN_ERROR", JSON.stringify(body));
  }
});

test("createOverpass() makes one call at a time", async () => {
  await using upstream = startPlacesUpstream();
  const gate = Promise.withResolvers<void>();
  upstream.behave(slow(gate.promise, finding(1)), finding(1));
  using provider = createOverpass({ url: upstream.overpassUrl });
  const asked = [1, 2, 3].map((radius) => provider.nearby(UCLA, radius, 1, never));
  await upstream.arrived(1);
  assertEquals({ active: provider.counters.active, queued: provider.counters.queued }, {
    active: 1,
    queued: 2,
  });
  assertEquals(upstream.arrivals.length, 1);
  gate.resolve();
  assertEquals((await Promise.all(asked)).map((it) => it.status), ["OK", "OK", "OK"]);
  assertEquals(upstream.arrivals.length, 3);
});

test("createOverpass() is silent for 30 s after a 429, or longer if it is asked to be", async () => {
  await using upstream = startPlacesUpstream();
  const cases = [[{}, 30_000], [{ "Retry-After": "5" }, 30_000], [
    { "Retry-After": "90" },
    90_000,
  ]] as const;
  for (const [headers, silentMs] of cases) {
    let nowMs = 0;
    using provider = createOverpass({ url: upstream.overpassUrl, monotonicMs: () => nowMs });
    upstream.behave(refusing(429, headers), finding(1));
    const ask = async () => (await provider.nearby(UCLA, 1_000, 1, never)).status;
    const before = upstream.arrivals.length;
    assertEquals(await ask(), "OVER_QUERY_LIMIT");
    nowMs = silentMs - 1;
    assertEquals(await ask(), "OVER_QUERY_LIMIT");
    assertEquals(upstream.arrivals.length, before + 1);
    nowMs = silentMs;
    assertEquals(await ask(), "OK");
  }
});

Deno.test("createOverpass() refuses the public instances and what is no URL", () => {
  for (
    const url of [
      "https://overpass-api.de/api/interpreter",
      "https://LZ4.overpass-api.de/api/interpreter",
      "https://overpass-api.de./api/interpreter",
      "https://overpass.kumi.systems/api/interpreter",
    ]
  ) {
    assertThrows(
      () => createOverpass({ url }),
      ConfigError,
      "Run an instance of your own",
    );
  }
  assertThrows(() => createOverpass({ url: "overpass" }), ConfigError, "'overpass'");
  using own = createOverpass({ url: "http://overpass.example/api/interpreter" });
  assertEquals(own.name, "overpass");
});
