// From cities and their records to the gazetteer's columns: which ones are in it, what they are called
// and the order of the rows.

import { distance } from "geokdbush";
import KDBush from "kdbush";
import { encode } from "../../../base/bytes.ts";
import { type GazetteerColumns, STEPS_PER_DEGREE } from "../columns.ts";
import { quote } from "../../print.ts";
import { type City, type Division, type GeonameRecord, nameKey } from "./geonames.ts";

/** A city and what is known of it. */
export interface KnownCity extends City {
  /** Its record, if there is one. */
  readonly record: GeonameRecord | undefined;
}

const NODE_SIZE = 64;
const KINDS = [["locality", "political"], ["sublocality", "political"]];
const LOCALITY = 0;
const SUBLOCALITY = 1;

/** Feature codes of places where nobody lives any more. */
const FORMER = new Set(["PPLCH", "PPLH", "PPLQ", "PPLW"]);

/** Cities of the same name that are nearer to each other than this are one. */
const MAX_TWIN_KM = 1;

/** Leaves out what is no longer inhabited, and the less populous one of what is there twice. */
export function selectCities(cities: readonly KnownCity[]): KnownCity[] {
  const kept = new Map<string, KnownCity[]>();
  const inhabited = cities.filter((it) => !FORMER.has(it.record?.featureCode ?? ""));
  for (const city of inhabited.toSorted((a, b) => population(b) - population(a))) {
    const key = nameKey(city.country, city.name);
    const others = kept.get(key);
    if (!others) kept.set(key, [city]);
    else if (others.every((it) => kilometres(it, city) >= MAX_TWIN_KM)) others.push(city);
  }
  return [...kept.values()].flat();
}

/** The columns of cities, in the order of a k-d tree. */
export function toColumns(
  cities: readonly KnownCity[],
  divisions: readonly Division[],
): GazetteerColumns {
  const vicinityOf = vicinities(divisions);
  const regions = [...new Set(cities.map(vicinityOf))].sort();
  const regionIndex = new Map(regions.map((region, i) => [region, i]));
  const rows = inTreeOrder(cities);
  return {
    count: rows.length,
    nodeSize: NODE_SIZE,
    kinds: KINDS,
    regions,
    coordinates: Int32Array.from(rows.flatMap((it) => [toSteps(it.lng), toSteps(it.lat)])),
    geonameIds: Uint32Array.from(rows, (it) => it.record?.id ?? 0),
    regionIndexes: Uint16Array.from(rows, (it) => regionIndex.get(vicinityOf(it))!),
    kindIndexes: Uint8Array.from(
      rows,
      (it) => it.record?.featureCode === "PPLX" ? SUBLOCALITY : LOCALITY,
    ),
    names: encode(rows.map((it) => `${quote(it.name).slice(1, -1)}\n`).join("")),
  };
}

/** First-level division and country, as far as they have names: `California, United States`. */
function vicinities(divisions: readonly Division[]): (city: City) => string {
  const countries = new Intl.DisplayNames("en", { type: "region" });
  const names = new Map(divisions.map(({ code, name }) => [code, name]));
  return ({ country, admin1 }) => {
    const division = names.get(`${country}.${admin1}`);
    const countryName = countries.of(country)!;
    return division === undefined || division === countryName
      ? countryName
      : `${division}, ${countryName}`;
  };
}

/**
 * The order in which kdbush keeps them. Within a leaf any order will do, and by latitude its
 * differences are small.
 */
function inTreeOrder(cities: readonly KnownCity[]): KnownCity[] {
  const tree = new KDBush(cities.length, NODE_SIZE);
  for (const city of cities) tree.add(Number(city.lng), Number(city.lat));
  tree.finish();
  const rows = Array.from(tree.ids, (id) => cities[id]!);
  for (const [start, end] of leaves(0, rows.length - 1)) {
    const leaf = rows.slice(start, end + 1).sort((a, b) => Number(a.lat) - Number(b.lat));
    rows.splice(start, leaf.length, ...leaf);
  }
  return rows;
}

/** First and last row of each leaf of the tree over these rows. */
function leaves(left: number, right: number): [number, number][] {
  if (right - left <= NODE_SIZE) return [[left, right]];
  const middle = (left + right) >> 1;
  return [...leaves(left, middle - 1), ...leaves(middle + 1, right)];
}

function toSteps(degrees: string): number {
  return Math.round(Number(degrees) * STEPS_PER_DEGREE);
}

function population(city: KnownCity): number {
  return city.record?.population ?? 0;
}

function kilometres(a: City, b: City): number {
  return distance(Number(a.lng), Number(a.lat), Number(b.lng), Number(b.lat));
}
