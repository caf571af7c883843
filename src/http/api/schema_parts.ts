// The parts that the schemas of the API are made of: valibot's, each with its description.

import * as v from "valibot";
import { MAX_LATITUDE, MAX_LONGITUDE } from "../../protocol/location.ts";
import { POSIX_TIME, posixTime } from "./times.ts";

export const text = (description: string) => v.pipe(v.string(), v.description(description));

export const number = (description: string) => v.pipe(v.number(), v.description(description));

/** A number of 0 or more. */
export const positive = (description: string) =>
  v.pipe(v.number(), v.minValue(0), v.description(description));

/** A whole number of 0 or more. */
export const count = (description: string) =>
  v.pipe(v.number(), v.integer(), v.minValue(0), v.description(description));

/** True or false. */
export const flag = (description: string) => v.pipe(v.boolean(), v.description(description));

/** A read-only list. */
export const list = <const S extends v.GenericSchema>(items: S, description: string) =>
  v.pipe(v.array(items), v.readonly(), v.description(description));

/** A read-only object with exactly these properties. */
export const object = <const E extends v.ObjectEntries>(entries: E) =>
  v.pipe(
    v.strictObject(
      entries,
      ({ expected }) =>
        expected === "never" ? "unknown" : expected === "Object" ? "not an object" : "missing",
    ),
    v.readonly(),
  );

/** The same schema, or null with this meaning. */
export const orNull = <const S extends v.GenericSchema>(schema: S, description: string) =>
  v.pipe(v.nullable(schema), v.description(description));

const degrees = (most: number) => {
  const message = `not a number from ${-most} to ${most}`;
  return v.pipe(
    v.number(message),
    v.minValue(-most, message),
    v.maxValue(most, message),
    v.description("Decimal degrees"),
  );
};

/** Decimal degrees, positive in the north and in the east. */
export const latitude = degrees(MAX_LATITUDE);
export const longitude = degrees(MAX_LONGITUDE);

/** POSIX seconds as the line protocol has them. */
export const time = v.pipe(
  v.string("not a text: a JSON number has no room for nanoseconds"),
  v.regex(POSIX_TIME, "not POSIX seconds, such as 1520023934.918963997"),
  v.description("POSIX seconds in decimal. A text, because a JSON number loses nanoseconds"),
);

const NO_TIME =
  "not POSIX seconds, such as 1520023934.918963997 as a text or 1520023934 as a number, and not RFC 3339";

/** The same as it is taken: also as a whole number, and as RFC 3339. {@link posixTime} reads it. */
export const timeTaken = v.pipe(
  v.union([v.string(), v.number()], NO_TIME),
  v.check((it) => posixTime(it) !== undefined, NO_TIME),
  v.description(
    "POSIX seconds, as a text (nanoseconds and all) or as a whole number; or RFC 3339. Not before 1970",
  ),
);
