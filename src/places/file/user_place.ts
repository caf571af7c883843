// A person's own place as a file has it, whatever the format: what the formats' schemas share, and how a
// problem in the file is told.

import * as v from "valibot";
import type { LocalPlace } from "../local_place.ts";

/** A place, and where in the file it is, for messages: `line 3`, `features[2]`. */
export interface OwnPlace extends LocalPlace {
  /** The line or path in the file. */
  readonly where: string;
}

/** Contents of a file: the places, and one line for each thing that is wrong. */
export interface OwnPlaces {
  /** In the order of the file. */
  readonly places: OwnPlace[];
  /** Each begins with where in the file it is. */
  readonly problems: string[];
  /** Features that were left out because they have no point. */
  skipped: number;
}

/** One place as a format's schema gives it. */
export interface OwnPlaceFields {
  /** Names the place among those of its file. */
  readonly id?: string | undefined;
  /** Name of the place; not empty. */
  readonly name: string;
  /** Degrees north, -90 to 90. */
  readonly latitude: number;
  /** Degrees east, -180 to 180. */
  readonly longitude: number;
  /** Kinds of place, such as `cafe`; none is the same as left out. */
  readonly types?: readonly string[] | undefined;
  /** Address of the place, in words. */
  readonly vicinity?: string | undefined;
}

/** Google's types of a place that is not known to be anything more special. */
const DEFAULT_TYPES = ["point_of_interest", "establishment"];

/** A text that must say something. */
export const filledText: v.GenericSchema<string> = v.pipe(
  v.string(quoted("a text")),
  v.trim(),
  v.nonEmpty("is empty"),
);

/** Degrees north, -90 to 90. */
export const latitude: v.GenericSchema<number> = degrees(90, "a latitude");

/** Degrees east, -180 to 180. */
export const longitude: v.GenericSchema<number> = degrees(180, "a longitude");

/** Types in one text: `cafe; food`. The separator may be `;`, `|` or `,`. */
export const typesText: v.GenericSchema<string, string[]> = v.pipe(
  v.string(quoted("a text")),
  v.transform((text) => text.split(/[;|,]/).map((it) => it.trim()).filter((it) => it !== "")),
);

/** Adds the place that the schema makes of `input`, or notes what is wrong with it. */
export function addPlace(
  to: OwnPlaces,
  where: string,
  schema: v.GenericSchema<unknown, OwnPlaceFields>,
  input: unknown,
): void {
  const { success, output, issues } = v.safeParse(schema, input, { abortPipeEarly: true });
  if (!success) {
    to.problems.push(
      ...issues.map((it) => `${where}: ${v.getDotPath(it) ?? "the place"} ${it.message}`),
    );
    return;
  }
  const { id, name, latitude, longitude, types = [], vicinity } = output;
  to.places.push({
    where,
    name,
    latitude,
    longitude,
    // Without an id of the file's own, one that another order of its places does not change.
    placeId: `file:${id ?? `${name}@${latitude},${longitude}`}`,
    types: types.length > 0 ? types : DEFAULT_TYPES,
    vicinity,
  });
}

/** The message for a value that is not what it should be. */
export function quoted(expected: string): (issue: { readonly input: unknown }) => string {
  return ({ input }) => {
    if (input === undefined) return "is missing";
    return `is not ${expected}: '${typeof input === "string" ? input : JSON.stringify(input)}'`;
  };
}

function degrees(limit: number, what: string): v.GenericSchema<number> {
  const message = quoted(`${what} from -${limit} to ${limit}`);
  return v.pipe(v.number(message), v.minValue(-limit, message), v.maxValue(limit, message));
}
