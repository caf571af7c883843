import { assertEquals, assertThrows } from "@std/assert";
import {
  type City,
  type GeonameRecord,
  matchRecords,
  nameKey,
  parseRecords,
} from "../../../../src/places/gazetteer/pack/geonames.ts";

const city: City = { name: "Saint-Denis", lat: "48.93", lng: "2.35", country: "FR", admin1: "11" };
const record: GeonameRecord = {
  id: 1,
  name: "Saint-Denis",
  alternateNames: [],
  latitude: 48.93,
  longitude: 2.35,
  featureCode: "PPL",
  country: "FR",
  population: 100,
};

Deno.test("parseRecords() reads the columns that are needed", () => {
  const line =
    "5408522\tWestwood\tWestwood\tVestvud,Uestvud\t34.05612\t-118.43063\tP\tPPLX\tUS\t\t" +
    "CA\t037\t\t\t2019\t\t91\tAmerica/Los_Angeles\t2017-04-19\n";
  assertEquals(parseRecords(line), [{
    id: 5_408_522,
    name: "Westwood",
    alternateNames: ["Westwood", "Vestvud", "Uestvud"],
    latitude: 34.05612,
    longitude: -118.43063,
    featureCode: "PPLX",
    country: "US",
    population: 2019,
  }]);
});

Deno.test("parseRecords() says which line is out of form", () => {
  const line = Array.from({ length: 19 }, () => "x").join("\t");
  assertThrows(
    () => parseRecords(`${line}\n1\tA\n`),
    SyntaxError,
    "Cannot parse line 2: expected 19 fields, got 2",
  );
});

Deno.test("nameKey() sees past accents, case and punctuation, but not past the country", () => {
  assertEquals(nameKey("FR", "Saint-Denis"), nameKey("FR", "SAINT DENIS"));
  assertEquals(nameKey("CA", "Qu\u00e9bec"), nameKey("CA", "Quebec"));
  assertEquals(nameKey("FR", "A") === nameKey("BE", "A"), false);
  assertEquals(nameKey("FR", "\u2014") === nameKey("FR", "\u2026"), false);
});

Deno.test("matchRecords() goes by name, country and distance", () => {
  const cases: readonly [string, Partial<GeonameRecord>, boolean][] = [
    ["same", {}, true],
    ["spelt otherwise", { name: "Saint Denis" }, true],
    ["another of its names", { name: "Catulliacum", alternateNames: ["x", "Saint-Denis"] }, true],
    ["8 km away", { latitude: 49.0 }, true],
    ["11 km away", { latitude: 49.03 }, false],
    ["another country", { country: "BE" }, false],
    ["another name", { name: "Paris" }, false],
  ];
  for (const [what, differences, matches] of cases) {
    const it = { ...record, ...differences };
    assertEquals(matchRecords([city], [it]), [matches ? it : undefined], what);
  }
});

Deno.test("matchRecords() gives a record to the nearest city only", () => {
  const near = { ...city, lat: "48.931" };
  const far = { ...city, lat: "48.95" };
  const other = { ...record, id: 2, latitude: 48.98 };
  assertEquals(matchRecords([far, near], [record]), [undefined, record]);
  assertEquals(matchRecords([far, near], [other, record]), [other, record]);
});
