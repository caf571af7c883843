import { assertEquals } from "@std/assert";
import { GazetteerTable } from "../../../../src/places/gazetteer/table.ts";
import type { Place } from "../../../../src/places/provider.ts";
import {
  type KnownCity,
  selectCities,
  toColumns,
} from "../../../../src/places/gazetteer/pack/gazetteer_places.ts";
import type { GeonameRecord } from "../../../../src/places/gazetteer/pack/geonames.ts";

function record(id: number, featureCode: string, population: number): GeonameRecord {
  return {
    id,
    name: "",
    alternateNames: [],
    latitude: 0,
    longitude: 0,
    featureCode,
    country: "",
    population,
  };
}

function city(name: string, lat: string, lng: string, record?: GeonameRecord): KnownCity {
  return { name, lat, lng, country: "US", admin1: "CA", record };
}

Deno.test("selectCities() leaves out what is no longer inhabited", () => {
  const cities = ["PPL", "PPLA", "PPLC", "PPLX", "PPLH", "PPLQ", "PPLW", "PPLCH", ""]
    .map((code, i) => city(`${i}`, "34", "-118", record(i, code, 0)));
  const kept = selectCities([...cities, city("unknown", "34", "-118")]);
  assertEquals(kept.map((it) => it.record?.featureCode), [
    "PPL",
    "PPLA",
    "PPLC",
    "PPLX",
    "",
    undefined,
  ]);
});

Deno.test("selectCities() keeps the more populous of two that are one", () => {
  const small = city("Springfield", "34", "-118");
  const large = city("SPRINGFIELD", "34.001", "-118", record(1, "PPL", 50_000));
  const distant = city("Springfield", "34.5", "-118");
  const abroad = { ...small, country: "AU" };
  assertEquals(
    new Set(selectCities([small, large, distant, abroad])),
    new Set([large, distant, abroad]),
  );
});

Deno.test("toColumns() makes a table that finds each city where it is, as what it is", () => {
  // More than a leaf of the tree holds, on a grid about 11 km wide.
  const cities = Array.from({ length: 300 }, (_, i) => {
    const [lat, lng] = [(i % 20 - 10) / 10, Math.floor(i / 20) / 10];
    return city(`No ${i}`, `${lat}`, `${lng}`, i % 3 === 0 ? undefined : record(i, "PPL", 0));
  });
  const table = new GazetteerTable(toColumns(cities, [{ code: "US.CA", name: "California" }]));
  assertEquals(table.size, 300);
  for (const it of cities) {
    const location = { latitude: Number(it.lat), longitude: Number(it.lng) };
    const { results } = table.nearby(location, 1_000, 20);
    const placeId = it.record ? `geonames:${it.record.id}` : `geo:${it.lat},${it.lng}`;
    assertEquals(results, [{
      geometry: { location: { lat: location.latitude, lng: location.longitude } },
      name: it.name,
      place_id: placeId,
      reference: placeId,
      types: ["locality", "political"],
      vicinity: "California, United States",
    }]);
  }
});

Deno.test("toColumns() tells kinds and regions apart, as far as they are known", () => {
  const cities = [
    city("A", "1", "1", record(1, "PPLX", 0)),
    { ...city("B", "2", "2", record(2, "PPLA", 0)), admin1: "99" },
    { ...city("C", "3", "3"), country: "SG", admin1: "01" },
  ];
  const divisions = [{ code: "US.CA", name: "California" }, { code: "SG.01", name: "Singapore" }];
  const table = new GazetteerTable(toColumns(cities, divisions));
  const place = (degrees: number): Place =>
    table.nearby({ latitude: degrees, longitude: degrees }, 0, 1).results[0]!;
  assertEquals([1, 2, 3].map((it) => [place(it).types, place(it).vicinity]), [
    [["sublocality", "political"], "California, United States"],
    [["locality", "political"], "United States"],
    [["locality", "political"], "Singapore"],
  ]);
});
