import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "../../support/properties.ts";
import { GazetteerTable } from "../../../src/places/gazetteer/table.ts";
import { printNearby, quote } from "../../../src/places/print.ts";

const decoder = new TextDecoder("utf-8", { fatal: true });

interface Row {
  readonly latitude: number;
  readonly longitude: number;
  readonly id: number;
  readonly name: string;
  readonly kind: number;
  readonly region: number;
}

const KINDS = [["locality", "political"], ["sublocality", "political"], []];
const REGIONS = ["California, United States", '<\u6771\u4eac> & "\ud83d\uddfc"', ""];

/** A table of rows that stay in their order: one leaf of a tree holds them all. */
function tableOf(rows: readonly Row[]): GazetteerTable {
  return new GazetteerTable({
    count: rows.length,
    nodeSize: 64,
    kinds: KINDS,
    regions: REGIONS,
    coordinates: Int32Array.from(rows.flatMap((it) => [it.longitude, it.latitude])),
    geonameIds: Uint32Array.from(rows, (it) => it.id),
    regionIndexes: Uint16Array.from(rows, (it) => it.region),
    kindIndexes: Uint8Array.from(rows, (it) => it.kind),
    names: new TextEncoder().encode(rows.map((it) => `${quote(it.name).slice(1, -1)}\n`).join("")),
  });
}

const westwood = {
  latitude: 3_405_612,
  longitude: -11_843_063,
  id: 5_408_522,
  name: "Westwood",
  kind: 1,
  region: 0,
};
const at = { latitude: 34.05612, longitude: -118.43063 };

Deno.test("nearby() prints byte for byte what its places print as", () => {
  const degrees = (limit: number) =>
    fc.oneof(
      fc.integer({ min: -limit * 100_000, max: limit * 100_000 }),
      fc.integer({ min: -20, max: 20 }),
      fc.integer({ min: -limit, max: limit }).map((it) => it * 100_000),
    );
  const row = fc.record<Row>({
    latitude: degrees(90),
    longitude: degrees(180),
    id: fc.oneof(fc.constant(0), fc.nat({ max: 0xffff_ffff })),
    name: fc.string({ unit: "grapheme-composite" }),
    kind: fc.nat({ max: KINDS.length - 1 }),
    region: fc.nat({ max: REGIONS.length - 1 }),
  });
  const rows = fc.array(row, { minLength: 1, maxLength: 64 });
  fc.assert(fc.property(rows, fc.nat(), fc.integer({ min: 1, max: 20 }), (rows, pick, bound) => {
    const { latitude, longitude } = rows[pick % rows.length]!;
    const centre = { latitude: latitude / 100_000, longitude: longitude / 100_000 };
    const found = tableOf(rows).nearby(centre, 50_000, bound);
    assert(found.results.length > 0);
    const printed = decoder.decode(printNearby(found));
    assertStrictEquals(printed, decoder.decode(printNearby({ ...found })));
    assertEquals(JSON.parse(printed), { ...found });
  }));
});

Deno.test("nearby() gives places in Google's shape with what is known, and no more", () => {
  const table = tableOf([westwood, { ...westwood, id: 0, name: "Bel Air", kind: 0, region: 1 }]);
  assertStrictEquals(table.size, 2);
  assertEquals(table.nearby(at, 0, 20).results, [
    {
      geometry: { location: { lat: 34.05612, lng: -118.43063 } },
      name: "Westwood",
      place_id: "geonames:5408522",
      reference: "geonames:5408522",
      types: ["sublocality", "political"],
      vicinity: "California, United States",
    },
    {
      geometry: { location: { lat: 34.05612, lng: -118.43063 } },
      name: "Bel Air",
      place_id: "geo:34.05612,-118.43063",
      reference: "geo:34.05612,-118.43063",
      types: ["locality", "political"],
      vicinity: REGIONS[1]!,
    },
  ]);
});

Deno.test("nearby() with a bound of 0 says whether there is anything", () => {
  const table = tableOf([westwood]);
  const { results, status } = table.nearby(at, 1_000, 0);
  assertEquals({ results, status }, { results: [], status: "OK" });
  assertStrictEquals(table.nearby({ latitude: 0, longitude: 0 }, 1_000, 0).status, "ZERO_RESULTS");
});

Deno.test("nearby() prints an answer again after another one was printed", () => {
  const table = tableOf([westwood, { ...westwood, latitude: 0, name: "Elsewhere" }]);
  const first = table.nearby(at, 1_000, 20);
  const other = table.nearby({ latitude: 0, longitude: at.longitude }, 1_000, 20);
  const printed = printNearby(first);
  const before = decoder.decode(printed);
  printNearby(other);
  assertStrictEquals(decoder.decode(printed), before);
  assertStrictEquals(decoder.decode(printNearby(first)), before);
});
