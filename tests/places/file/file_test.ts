import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ConfigError } from "../../../src/base/errors.ts";
import { loadFileProvider } from "../../../src/places/file/file.ts";
import { recordingLog } from "../../support/fakes/log.ts";
import type { NearbyResponse, PlacesProvider } from "../../../src/places/provider.ts";

const CSV = `name,lat,lon,types
Powell Library,34.0716,-118.4422,library
"Kerckhoff ""Coffee"", Inc.",34.0705,-118.4434,"cafe; food"

Bruin Bear,+34.0710,-118.4450,
`;

function load(path: string, text: string): Promise<PlacesProvider> {
  return loadFileProvider(path, {
    read(asked) {
      assertEquals(asked, path);
      return Promise.resolve(text);
    },
  });
}

function ask(provider: PlacesProvider, radiusMetres: number, bound: number): NearbyResponse {
  const location = { latitude: 34.0716, longitude: -118.4422 };
  const found = provider.nearby(location, radiusMetres, bound, new AbortController().signal);
  assert(!(found instanceof Promise));
  return found;
}

function names(response: NearbyResponse): unknown[] {
  return response.results.map((it) => it.name);
}

function collection(...features: unknown[]): string {
  return JSON.stringify({ type: "FeatureCollection", features });
}

function point(coordinates: unknown, properties: unknown, more = {}): unknown {
  return { type: "Feature", ...more, geometry: { type: "Point", coordinates }, properties };
}

Deno.test("PlacesProvider.renew() takes a file that has changed, and keeps what it has of a bad one", async () => {
  const log = recordingLog();
  let text = CSV;
  using provider = await loadFileProvider("own.csv", { read: () => Promise.resolve(text), log });
  text = "name,lat,lon\nNew,34.0716,-118.4422\n";
  await provider.renew!();
  assertEquals(names(ask(provider, 1_000, 20)), ["New"]);
  text = "name,lat,lon\nBad,134,-118\n";
  await provider.renew!();
  assertEquals(names(ask(provider, 1_000, 20)), ["New"]);
  text = CSV;
  await Promise.all([provider.renew!(), provider.renew!()]);
  assertEquals(ask(provider, 1_000, 20).results.length, 3);
  const told = log.entries.map(({ level, event, fields }) =>
    `${level} ${event} ${fields.places ?? ""}`
  );
  assertEquals(told, [
    "info places.renewed 1",
    "warn places.unusable ",
    "info places.renewed 3",
    "info places.renewed 3",
  ]);
  assertMatch(String(log.entries[1]!.fields.reason), /latitude/);
});

Deno.test("loadFileProvider() reads CSV into places in Google's shape", async () => {
  using provider = await load("own.csv", CSV);
  assertEquals(provider.name, "file");
  assertEquals(ask(provider, 1_000, 20), {
    html_attributions: [],
    results: [
      {
        geometry: { location: { lat: 34.0716, lng: -118.4422 } },
        name: "Powell Library",
        place_id: "file:Powell Library@34.0716,-118.4422",
        reference: "file:Powell Library@34.0716,-118.4422",
        types: ["library"],
      },
      {
        geometry: { location: { lat: 34.0705, lng: -118.4434 } },
        name: 'Kerckhoff "Coffee", Inc.',
        place_id: 'file:Kerckhoff "Coffee", Inc.@34.0705,-118.4434',
        reference: 'file:Kerckhoff "Coffee", Inc.@34.0705,-118.4434',
        types: ["cafe", "food"],
      },
      {
        geometry: { location: { lat: 34.071, lng: -118.445 } },
        name: "Bruin Bear",
        place_id: "file:Bruin Bear@34.071,-118.445",
        reference: "file:Bruin Bear@34.071,-118.445",
        types: ["point_of_interest", "establishment"],
      },
    ],
    status: "OK",
  });
});

Deno.test("loadFileProvider() reads GeoJSON into places in Google's shape", async () => {
  const text = collection(
    point([-118.4422, 34.0716, 120], { name: "A", types: "cafe|bar", vicinity: "Hill" }, {
      id: 7,
    }),
    point([-118.4434, 34.0705], { name: "B", types: ["park"], vicinity: null, other: {} }),
    point([180, -90], { name: "C" }),
  );
  for (const path of ["own.geojson", "own.JSON"]) {
    using provider = await load(path, `\ufeff${text}`);
    assertEquals(ask(provider, 1_000, 20).results, [
      {
        geometry: { location: { lat: 34.0716, lng: -118.4422 } },
        name: "A",
        place_id: "file:7",
        reference: "file:7",
        types: ["cafe", "bar"],
        vicinity: "Hill",
      },
      {
        geometry: { location: { lat: 34.0705, lng: -118.4434 } },
        name: "B",
        place_id: "file:B@34.0705,-118.4434",
        reference: "file:B@34.0705,-118.4434",
        types: ["park"],
      },
    ]);
  }
});

Deno.test("nearby() keeps to radius and bound, the nearest first", async () => {
  using provider = await load("own.csv", CSV);
  assertEquals(names(ask(provider, 0, 20)), ["Powell Library"]);
  assertEquals(names(ask(provider, 200, 20)), ["Powell Library", 'Kerckhoff "Coffee", Inc.']);
  assertEquals(names(ask(provider, 50_000, 1)), ["Powell Library"]);
  assertEquals(ask(provider, 50_000, 0), { html_attributions: [], results: [], status: "OK" });
});

Deno.test("nearby() of a file without places is ZERO_RESULTS", async () => {
  for (const [path, text] of [["a.csv", "name,lat,lon"], ["a.json", collection()]] as const) {
    using provider = await load(path, text);
    assertEquals(ask(provider, 50_000, 20).status, "ZERO_RESULTS");
  }
});

Deno.test("loadFileProvider() takes columns in any order and case, and any line end", async () => {
  const text = '\ufeffLON,x, Id ,Name,vicinity,LAT\r\n\r\n-118.4422,?,q,"A\r\nB", Hill ,34.0716';
  using provider = await load("own.CSV", text);
  assertEquals(ask(provider, 10, 20).results, [{
    geometry: { location: { lat: 34.0716, lng: -118.4422 } },
    name: "A\nB",
    place_id: "file:q",
    reference: "file:q",
    types: ["point_of_interest", "establishment"],
    vicinity: "Hill",
  }]);
});

Deno.test("loadFileProvider() says where a file is out of form and what is there", async () => {
  const csv = (...lines: string[]) => ["name,lat,lon,types,id", ...lines].join("\n");
  const cases: readonly [path: string, text: string, ...problems: string[]][] = [
    ["a.csv", "", "line 1: there is no column 'name', 'lat', 'lon'"],
    ["a.csv", "\n\nname,parallel\n", "line 3: there is no column 'lat', 'lon'"],
    ["a.csv", "name,lat,lon,Name\n", "line 1: two columns stand for 'name'"],
    ["a.csv", "name,lat,lng,longitude\n", "line 1: two columns stand for 'lon'"],
    ["a.csv", csv("A,1,2,,", "B,91,2,,"), "line 3: lat is not a latitude from -90 to 90: '91'"],
    ["a.csv", csv("A,1,-180.5,,"), "line 2: lon is not a longitude from -180 to 180: '-180.5'"],
    ["a.csv", csv("A,1e1e,2,,"), "line 2: lat is not a decimal number: '1e1e'"],
    ["a.csv", csv("A,.,2,,"), "line 2: lat is not a decimal number: '.'"],
    ["a.csv", csv("A,34,07,2,,"), "line 2: has 6 fields, not 5"],
    ["a.csv", csv("A,,2,,"), "line 2: lat is not a decimal number: ''"],
    ["a.csv", csv(" ,1,2,,"), "line 2: name is empty"],
    ["a.csv", csv("A,1,2,", "B,1,2,,,"), "line 2: has 4 fields, not 5", "line 3: has 6 fields"],
    ["a.csv", csv('"A\n\nB",1,2,,', "C,1,x,,"), "line 5: lon is not a decimal number: 'x'"],
    ["a.csv", csv("A,1,2,,", '"B,1,2,,', "C"), "a quote is opened and never closed"],
    ["a.csv", csv('A"B",1,2,,'), "line 2: a quote stands inside a field that does not begin with"],
    ["a.csv", csv('"A"B,1,2,,'), "line 2: text follows a closing quote"],
    ["a.csv", csv("A,1,2,,x", "B,3,4,,x"), "line 3: is the same place as line 2"],
    ["a.csv", csv("A,1,2,,", "A,1,2,,"), "line 3: is the same place as line 2"],
    ["a.json", "{", "the file is not JSON: "],
    ["a.json", "[]", "type is missing", "features is missing"],
    ["a.json", '{"type":"Feature","features":[]}', "type is not 'FeatureCollection': 'Feature'"],
    ["a.json", '{"type":"FeatureCollection","features":7}', "features is not an array: '7'"],
    [
      "a.json",
      collection(point([34, -118], { name: "A" })),
      "features[0]: geometry.coordinates.1 is not a latitude from -90 to 90: '-118'",
    ],
    ["a.json", collection(point([1], { name: "A" })), "features[0]: geometry.coordinates.1 is"],
    ["a.json", collection(point([1, 2], {})), "features[0]: properties.name is missing"],
    ["a.json", collection(point([1, 2], null)), "features[0]: properties is not an object: 'null'"],
    [
      "a.json",
      collection(point([1, 2], { name: "A", types: 7 })),
      "features[0]: properties.types is not a text or an array of texts: '7'",
    ],
    ["a.json", collection(7), "features[0]: the place is not a Feature: '7'"],
  ];
  for (const [path, text, ...problems] of cases) {
    const error = await assertRejects(() => load(path, text), ConfigError);
    const lines = error.message.split("\n");
    assertEquals(lines.length, problems.length, error.message);
    problems.forEach((problem, i) => {
      assert(lines[i]!.startsWith(`Cannot read places from '${path}': `), lines[i]);
      assert(lines[i]!.includes(problem), `${lines[i]} has not '${problem}'`);
    });
  }
});

Deno.test("loadFileProvider() tells the first ten problems and counts the others", async () => {
  const text = `name,lat,lon\n${"A,x,2\n".repeat(13)}`;
  const error = await assertRejects(() => load("a.csv", text), ConfigError);
  const lines = error.message.split("\n");
  assertEquals(lines.length, 11);
  assertEquals(lines[10], "Cannot read places from 'a.csv': and 3 more problems");
});

Deno.test("loadFileProvider() refuses a file that it does not know or cannot read", async () => {
  await assertRejects(
    () => load("own.kml", ""),
    ConfigError,
    "Cannot read places from 'own.kml': its name ends in none of .geojson, .json, .csv",
  );
  await assertRejects(
    () => loadFileProvider("own.csv", { read: () => Promise.reject(new Error("No such file")) }),
    ConfigError,
    "Cannot read places from 'own.csv': No such file",
  );
});

Deno.test("loadFileProvider() takes the columns, separators and numbers that files have", async () => {
  const tables: [text: string, latitude: number, longitude: number][] = [
    ["stop_id,stop_name,stop_lat,stop_lon\n7,A,34.0716,-118.4422\n", 34.0716, -118.4422],
    ["NAME;Latitude;Longitude\nA;34,0716;-118,4422\n", 34.0716, -118.4422],
    ["name\tlat\tlng\nA\t34.0716\t-118.4422\n", 34.0716, -118.4422],
    ["title,y,x\nA,34.0716,-118.4422\n", 34.0716, -118.4422],
    ["name,lat,lon\nA,-9e-06,-.1278\n", -9e-6, -0.1278],
    ["name,lat,lon\nA,51.,+1e1\n", 51, 10],
  ];
  for (const [text, latitude, longitude] of tables) {
    using provider = await load("a.csv", text);
    const found = await provider.nearby(
      { latitude, longitude },
      1,
      5,
      new AbortController().signal,
    );
    assertEquals(names(found), ["A"], text);
  }
});

Deno.test("loadFileProvider() skips features without a point, and says how many", async () => {
  const text = collection(
    point([-118.4422, 34.0716], { name: "A" }),
    { type: "Feature", geometry: { type: "Polygon", coordinates: [] }, properties: { name: "B" } },
    { type: "Feature", geometry: null, properties: {} },
  );
  const log = recordingLog();
  using provider = await loadFileProvider("a.json", { read: () => Promise.resolve(text), log });
  assertEquals(names(ask(provider, 10, 20)), ["A"]);
  assertEquals(log.entries.map((it) => [it.event, it.fields?.features]), [["places.skipped", 2]]);
});

Deno.test("loadFileProvider() tells of 150,000 twins in ten lines and a count", async () => {
  const text = `name,lat,lon\n${"A,1,2\n".repeat(150_001)}`;
  const error = await assertRejects(() => load("a.csv", text), ConfigError);
  const lines = error.message.split("\n");
  assertEquals(lines.length, 11);
  assertEquals(lines[10], "Cannot read places from 'a.csv': and 149990 more problems");
});
