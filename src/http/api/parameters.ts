// The parameters of requests: their schemas, from which checks and the description come alike.

import * as v from "valibot";
import { DECIMAL_NUMBER } from "../../base/text/numbers.ts";
import { EARTH_RADIUS_METRES } from "../../base/earth.ts";
import { MAX_PLACES, MAX_RADIUS_KM } from "../../protocol/request.ts";
import { MAX_WATCH_SECONDS } from "../herd_view.ts";
import { Problem } from "../problem.ts";
import { decodeClientId } from "./client_id.ts";
import { latitude, longitude } from "./schema_parts.ts";

/** The greatest radius of a search for clients, in kilometres: half of the earth's circumference. */
export const MAX_NEAR_KM = Math.ceil(Math.PI * EARTH_RADIUS_METRES / 1000);

/** The most clients that one search for clients gives. */
export const MAX_NEAR_LIMIT = 1_000;

/** A decimal number in a range, from its text. */
function number(least: number, most: number) {
  const message = `not a number from ${least} to ${most}`;
  return v.pipe(
    v.string(message),
    v.regex(new RegExp(`^${DECIMAL_NUMBER}$`), message),
    v.transform(Number),
    v.number(),
    v.minValue(least, message),
    v.maxValue(most, message),
  );
}

/** The same of whole numbers. */
function whole(least: number, most: number) {
  const message = `not a whole number from ${least} to ${most}`;
  return v.pipe(
    v.string(message),
    v.regex(/^\d{1,9}$/, message),
    v.transform(Number),
    v.number(),
    v.integer(),
    v.minValue(least, message),
    v.maxValue(most, message),
  );
}

/** Kilometres in metres, to a millimetre, so that 1.1 km are 1,100 m. */
export function metresOf(kilometres: number): number {
  return Math.round(kilometres * 1e6) / 1e3;
}

const NO_POINT = "not a latitude and a longitude, such as 34.07,-118.45";

/** `GET /v1/clients`. */
export const NearQuery = v.object({
  near: v.pipe(
    v.string("missing: a latitude and a longitude"),
    v.regex(new RegExp(`^${DECIMAL_NUMBER},${DECIMAL_NUMBER}$`), NO_POINT),
    v.description("Latitude and longitude in degrees, such as `34.07,-118.45`"),
    v.transform((text) => {
      const [latitude, longitude] = text.split(",").map(Number);
      return { latitude, longitude };
    }),
    v.object({ latitude, longitude }),
  ),
  radius: v.pipe(v.optional(number(0, MAX_NEAR_KM), "10"), v.description("Kilometres")),
  limit: v.pipe(v.optional(whole(1, MAX_NEAR_LIMIT), "20"), v.description("The most clients")),
});

/** `GET /v1/clients/{id}/places`, with the limits of WHATSAT. */
export const PlacesQuery = v.object({
  radius: v.pipe(v.optional(number(0, MAX_RADIUS_KM), "10"), v.description("Kilometres")),
  limit: v.pipe(v.optional(whole(0, MAX_PLACES), "5"), v.description("The most places")),
});

/** `GET /v1/servers`. */
export const WatchQuery = v.object({
  watch: v.optional(v.pipe(
    number(0, MAX_WATCH_SECONDS),
    v.description(
      "The seconds for which other servers are asked from now on. Left out, it is " +
        `${MAX_WATCH_SECONDS}, and the answer waits up to 3 s to hear of all servers`,
    ),
  )),
});

/** `GET /v1/status`. */
export const StatusQuery = v.object({
  digest: v.pipe(
    v.optional(v.string(), "false"),
    v.transform((text) => text === "true"),
    v.boolean(),
    v.description("True for a digest of all records, too: seconds of work at a million"),
  ),
});

/** `GET /v1/changes`. */
export const ChangesQuery = v.object({
  since: v.pipe(
    v.optional(v.pipe(
      v.string(),
      v.regex(/^[\da-f]{1,64}:\d{1,15}$/, "not the id of an event, '<feed id>:<position>'"),
      v.transform((text) => {
        const [feedId, position] = text.split(":");
        return { feedId: feedId!, position: Number(position) };
      }),
      v.object({ feedId: v.string(), position: v.number() }),
    )),
    v.description("The id of the last event that the client has"),
  ),
});

/**
 * A value that the schema takes.
 *
 * @throws {Problem} 400 with every fault. `what` names the value where a fault is not of one property.
 */
export function checked<const S extends v.GenericSchema>(
  schema: S,
  value: unknown,
  what = "The query",
): v.InferOutput<S> {
  const parsed = v.safeParse(schema, value, { abortPipeEarly: true });
  if (parsed.success) return parsed.output;
  const faults = parsed.issues.map((it) => {
    const key = it.path?.[0]?.key;
    return key === undefined ? `${what}: ${it.message}` : `'${key}': ${it.message}`;
  });
  throw new Problem(400, faults.join("; "));
}

/** The segment of a path that leaves the id to the query. */
const ID_IN_QUERY = "-";

/**
 * The id of a request, as it was sent: the third segment of the path, or the parameter `id` where that
 * segment is `-`. Clients that normalise URLs cannot send `.` and `..` as segments (RFC 3986, 5.2.4).
 *
 * @throws {Problem} 400 if it is none.
 */
export function clientIdOf(
  { path, search }: { readonly path: string; readonly search: string },
): Uint8Array<ArrayBuffer> {
  const segment = path.split("/")[3]!;
  const inQuery = /(?:^|&)id=([^&]*)/.exec(search)?.[1];
  if (inQuery !== undefined && segment !== ID_IN_QUERY) {
    throw new Problem(400, "An id in the query goes with '-' in its place in the path");
  }
  const id = decodeClientId(inQuery ?? segment);
  if (id === undefined) {
    throw new Problem(
      400,
      "The client's id is not 1 to 4,096 percent-encoded bytes, none of space",
    );
  }
  return id;
}
