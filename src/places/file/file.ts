// The provider `file:<path>`: a person's own places, from GeoJSON or CSV, read and indexed at start.

import type { Coordinates } from "../../protocol/location.ts";
import { ConfigError, readConfig, reasonOf } from "../../base/errors.ts";
import { type Log, silentLog } from "../../base/log.ts";
import { toPlace } from "../local_place.ts";
import type { OwnPlace, OwnPlaces } from "./user_place.ts";
import { PlaceIndex } from "../place_index.ts";
import type { NearbyResponse, Place, PlacesProvider } from "../provider.ts";

/** More problems than this in one file are counted, not told. */
const MAX_TOLD_PROBLEMS = 10;

/** Reasons why features are not taken. */
const NO_POINT = "their geometry is no Point";

/** Options for reading the file. */
export interface FileOptions {
  /** Reads a file's bytes, as `Deno.readFile` does, or its text. */
  read(path: string): Promise<Uint8Array | string>;
  readonly log?: Log | undefined;
}

/**
 * Reads a person's own places and makes a provider of them. A `path` that ends in `.geojson` or
 * `.json` is GeoJSON: a FeatureCollection of Points with `properties` `name`, and if wanted `types`
 * and `vicinity`; features without a Point are skipped, with a warning. One that ends in `.csv` has
 * columns `name`, `lat`, `lon`, or others of their names, and if wanted `types`, `vicinity` and `id`. Types are separated by `;`, `|` or `,`. Without types a place is a
 * `point_of_interest`.
 *
 * @throws {ConfigError} If the file cannot be read, or is out of form; a line of message for
 * each problem, with the line or the path in the file where it is.
 *
 * @example
 * ```ts
 * using places = await loadFileProvider("cafes.csv", { read: Deno.readFile });
 * ```
 */
export async function loadFileProvider(
  path: string,
  options: FileOptions,
): Promise<PlacesProvider> {
  return new FileProvider(path, options, await loadPlaces(path, options));
}

/** The places of a file. */
async function loadPlaces(
  path: string,
  { read, log = silentLog }: FileOptions,
): Promise<readonly OwnPlace[]> {
  const parse = await parserFor(path);
  const { places, problems, skipped } = parse(
    await readConfig(path, { read, what: "places from" }),
  );
  for (const problem of twins(places)) problems.push(problem);
  if (skipped > 0) log.warn("places.skipped", { file: path, features: skipped, reason: NO_POINT });
  if (problems.length > 0) throw new ConfigError(tell(path, problems));
  return places;
}

class FileProvider implements PlacesProvider {
  readonly name = "file";
  readonly #path: string;
  readonly #options: FileOptions;
  #places!: readonly Place[];
  #index!: PlaceIndex;
  #renewing: Promise<void> = Promise.resolve();

  constructor(path: string, options: FileOptions, places: readonly OwnPlace[]) {
    this.#path = path;
    this.#options = options;
    this.#take(places);
  }

  /** One reading after the other, so that the last one counts. */
  renew(): Promise<void> {
    return this.#renewing = this.#renewing.then(() => this.#renew());
  }

  async #renew(): Promise<void> {
    const { log = silentLog } = this.#options;
    const file = this.#path;
    try {
      this.#take(await loadPlaces(file, this.#options));
      log.info("places.renewed", { file, places: this.#places.length });
    } catch (error) {
      log.warn("places.unusable", { file, reason: reasonOf(error) });
    }
  }

  #take(places: readonly OwnPlace[]): void {
    this.#places = places.map(toPlace);
    this.#index = PlaceIndex.of(places);
  }

  nearby(location: Coordinates, radiusMetres: number, bound: number): NearbyResponse {
    // The status tells what is there, not what `bound` lets through.
    const found = this.#index.nearest(location, radiusMetres, Math.max(bound, 1));
    return {
      html_attributions: [],
      results: found.slice(0, bound).map((it) => this.#places[it]!),
      status: found.length > 0 ? "OK" : "ZERO_RESULTS",
    };
  }

  [Symbol.dispose](): void {}
}

/** The parser for a file's format, loaded only by who has such a file. */
async function parserFor(path: string): Promise<(text: string) => OwnPlaces> {
  if (/\.csv$/i.test(path)) return (await import("./csv.ts")).parsePlacesCsv;
  if (/\.(geo)?json$/i.test(path)) return (await import("./geojson.ts")).parsePlacesGeojson;
  throw new ConfigError(
    `Cannot read places from '${path}': its name ends in none of .geojson, .json, .csv`,
  );
}

/** A problem for each place that has the id of one before it. */
function twins(places: readonly OwnPlace[]): string[] {
  const firsts = new Map<string, OwnPlace>();
  const problems: string[] = [];
  for (const place of places) {
    const first = firsts.get(place.placeId);
    if (first) problems.push(`${place.where}: is the same place as ${first.where}`);
    else firsts.set(place.placeId, place);
  }
  return problems;
}

function tell(path: string, problems: readonly string[]): string {
  const told = problems.slice(0, MAX_TOLD_PROBLEMS);
  const more = problems.length - told.length;
  if (more > 0) told.push(`and ${more} more problems`);
  return told.map((it) => `Cannot read places from '${path}': ${it}`).join("\n");
}
