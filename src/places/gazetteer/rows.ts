// The gazetteer's columns as rows: what is known of the place with a number.

import { decode, NEWLINE } from "../../base/bytes.ts";
import { type GazetteerColumns, STEPS_PER_DEGREE } from "./columns.ts";
import type { LocalPlace } from "../local_place.ts";

/** Reads places out of columns. */
export class GazetteerRows {
  /** The columns that hold the rows. */
  readonly columns: GazetteerColumns;
  /** Start of each name in `columns.names`, and of the one after the last. */
  readonly nameStarts: Uint32Array;

  /** The rows of `columns`. */
  constructor(columns: GazetteerColumns) {
    this.columns = columns;
    this.nameStarts = startsOfLines(columns.names, columns.count);
  }

  /** Returns the place in a row. */
  place(row: number): LocalPlace {
    const { columns, nameStarts } = this;
    const { coordinates, names, kindIndexes, kinds, regionIndexes, regions } = columns;
    const latitude = coordinates[2 * row + 1]! / STEPS_PER_DEGREE;
    const longitude = coordinates[2 * row]! / STEPS_PER_DEGREE;
    const id = columns.geonameIds[row]!;
    return {
      latitude,
      longitude,
      name: JSON.parse(`"${decode(names, nameStarts[row]!, nameStarts[row + 1]! - 1)}"`),
      // Without a number the coordinates are the name, as a URI (RFC 5870).
      placeId: id > 0 ? `geonames:${id}` : `geo:${latitude},${longitude}`,
      types: kinds[kindIndexes[row]!]!,
      vicinity: regions[regionIndexes[row]!]!,
    };
  }
}

function startsOfLines(bytes: Uint8Array, count: number): Uint32Array {
  const starts = new Uint32Array(count + 1);
  for (let i = 0, line = 0; line < count && i < bytes.length; i++) {
    if (bytes[i] === NEWLINE) starts[++line] = i + 1;
  }
  return starts;
}
