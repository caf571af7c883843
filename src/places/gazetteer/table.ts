// The gazetteer in memory: searches it and answers with what it found, which is turned into objects
// or bytes only when somebody asks for them.

import type { Coordinates } from "../../protocol/location.ts";
import { type GazetteerColumns, STEPS_PER_DEGREE } from "./columns.ts";
import { GazetteerPrinter } from "./printer.ts";
import { GazetteerRows } from "./rows.ts";
import { toPlace } from "../local_place.ts";
import { PlaceIndex } from "../place_index.ts";
import { printedBy, printNearby } from "../print.ts";
import type { NearbyResponse, Place } from "../provider.ts";

/** GeoNames' licence asks for its name and for a link to the licence. */
const ATTRIBUTIONS = [
  'Places from <a href="https://www.geonames.org/">GeoNames</a>, licensed under ' +
  '<a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>',
];
const FOUND: NearbyResponse = { html_attributions: ATTRIBUTIONS, results: [], status: "OK" };
const NOTHING: NearbyResponse = { ...FOUND, status: "ZERO_RESULTS" };

/** Populated places that can be searched by distance. */
export class GazetteerTable {
  readonly #index: PlaceIndex;
  readonly #rows: GazetteerRows;
  readonly #printer: GazetteerPrinter;
  readonly #nothing: NearbyResponse;

  /** The rows of the columns must be in the order of a k-d tree. */
  constructor(columns: GazetteerColumns) {
    this.#index = PlaceIndex.ofSorted(columns.coordinates, columns.nodeSize, STEPS_PER_DEGREE);
    this.#rows = new GazetteerRows(columns);
    this.#printer = new GazetteerPrinter(this.#rows, FOUND);
    const printed = printNearby(NOTHING);
    this.#nothing = printedBy({ ...NOTHING }, () => printed);
  }

  /** Number of places. */
  get size(): number {
    return this.#rows.columns.count;
  }

  /**
   * The places within `radiusMetres` of a location, the nearest first, `bound` at most. The status
   * tells what is there, not what `bound` lets through: with a bound of 0 it may well be `OK`.
   */
  nearby(location: Coordinates, radiusMetres: number, bound: number): NearbyResponse {
    const found = this.#index.nearest(location, radiusMetres, Math.max(bound, 1));
    if (found.length === 0) return this.#nothing;
    if (bound <= 0) return FOUND;
    const rows = this.#rows;
    let results: Place[] | undefined;
    return printedBy({
      html_attributions: ATTRIBUTIONS,
      get results() {
        return results ??= found.map((row) => toPlace(rows.place(row)));
      },
      status: "OK",
    }, () => this.#printer.print(found));
  }
}
