// The parameters of requests: their schemas, from which checks and the description come alike.

import * as v from "valibot";
import { DECIMAL_NUMBER } from "../../base/text/numbers.ts";
import { EARTH_RADIUS_METRES } from "../../base/earth.ts";
import { MAX_PLACES, MAX_RADIUS_KM } from "../../protocol/request.ts";
import { closest } from "../../topology/nearest_name.ts";
import { MAX_WATCH_SECONDS } from "../herd_view.ts";
import { TOKEN_PARAMETER } from "../tokens/credentials.ts";
import { Problem } from "../problem.ts";
import type { HttpRequest } from "../wire/request.ts";
import { decodeClientId } from "../../protocol/client_id.ts";
import { latitude, longitude } from "./schema_parts.ts";
import { posixTime } from "./times.ts";

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

const point = v.pipe(
  v.string(),
  v.regex(new RegExp(`^${DECIMAL_NUMBER},${DECIMAL_NUMBER}$`), NO_POINT),
  v.description("Latitude and longitude in degrees, such as `34.07,-118.45`"),
  v.transform((text) => {
    const [latitude, longitude] = text.split(",").map(Number);
    return { latitude, longitude };
  }),
  v.object({ latitude, longitude }),
);

const NO_BOX = "not west,south,east,north in degrees, such as -118.6,33.9,-118.2,34.2";

const box = v.pipe(
  v.string(),
  v.regex(new RegExp(`^${DECIMAL_NUMBER}(,${DECIMAL_NUMBER}){3}$`), NO_BOX),
  v.description(
    "West, south, east and north in degrees, as GeoJSON has them, such as `-118.6,33.9,-118.2,34.2`. " +
      "Over the antimeridian west is greater than east",
  ),
  v.transform((text) => {
    const [west, south, east, north] = text.split(",").map(Number);
    return { west, south, east, north };
  }),
  v.object({ west: longitude, south: latitude, east: longitude, north: latitude }),
  v.check(({ south, north }) => south <= north, "its south is north of its north"),
);

const FEED_POSITION = /^[\da-f]{1,64}:\d{1,15}$/;
const toPosition = (text: string) => {
  const [feedId, position] = text.split(":");
  return { feedId: feedId!, position: Number(position) };
};
const feedPosition = v.object({ feedId: v.string(), position: v.number() });

/** Stands for the position before the first of any feed. */
export const START = "start";

/** More that each client of a list may say. */
const EXTRAS = ["text", "date"] as const;
/** See {@link EXTRAS}. */
export type Extra = (typeof EXTRAS)[number];

/** The parameters that say which clients are meant. */
const filters = {
  bbox: v.optional(box),
  near: v.optional(point),
  radius: v.optional(
    v.pipe(number(0, MAX_NEAR_KM), v.description("With `near`: kilometres; 10 if left out")),
  ),
  prefix: v.optional(v.pipe(
    v.string(),
    v.check((text) => decodeClientId(text) !== undefined, "not the beginning of an id"),
    v.description("The beginning of the ids, percent-encoded"),
  )),
  changedSince: v.optional(v.pipe(
    v.string(),
    v.check((text) => posixTime(text) !== undefined, "not POSIX seconds, and not RFC 3339"),
    v.description("Clients whose time is this one or later: POSIX seconds or RFC 3339"),
  )),
};

const FiltersSchema = v.object(filters);
/** The parameters that say which clients are meant. */
export type Filters = v.InferOutput<typeof FiltersSchema>;

/** `GET /v1/clients`. */
export const ClientsQuery = v.object({
  ...filters,
  limit: v.pipe(v.optional(whole(1, MAX_NEAR_LIMIT), "20"), v.description("The most clients")),
  after: v.optional(v.pipe(
    v.string(),
    v.check(
      (text) => text === START || FEED_POSITION.test(text),
      "neither the `next` of a page nor 'start'",
    ),
    v.description(
      "The `next` of the page before, or `start`. Without it the first page; with `near` the nearest, " +
        "which have no pages. Where it is of a feed that is gone, the first page again",
    ),
  )),
  with: v.pipe(
    v.optional(
      v.pipe(
        v.string(),
        v.check(
          (text) => text === "" || text.split(",").every((it) => EXTRAS.includes(it as Extra)),
          `not of ${EXTRAS.join(",")}`,
        ),
      ),
      "",
    ),
    v.description(
      "More to tell of each client: `text`, its id as text; `date`, its time as RFC 3339",
    ),
  ),
});
/** See {@link ClientsQuery}. */
export type ClientsQuery = v.InferOutput<typeof ClientsQuery>;

/** The position that a parameter names. */
export function positionOf(text: string): v.InferOutput<typeof feedPosition> | undefined {
  return FEED_POSITION.test(text) ? toPosition(text) : undefined;
}

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

/** Stands for the position behind the last of any feed. */
export const NOW = "now";

/** `GET /v1/changes`. */
export const ChangesQuery = v.object({
  ...filters,
  since: v.optional(v.pipe(
    v.string(),
    v.check(
      (text) => text === NOW || FEED_POSITION.test(text),
      "not the id of an event, '<feed id>:<position>', and not 'now'",
    ),
    v.description(
      "The id of the last event that the client has; or `now`, for what comes from now on",
    ),
  )),
  [TOKEN_PARAMETER]: v.optional(v.pipe(
    v.string(),
    v.description(
      "A scoped token, for an `EventSource`, which can set no fields. URLs are often logged: take one " +
        "that is good for an hour, and for `read` alone",
    ),
  )),
});

/** `POST /v1/locations`. */
export const BulkQuery = v.object({
  answer: v.pipe(
    v.optional(v.picklist(["each", "summary"], "neither 'each' nor 'summary'"), "each"),
    v.description("`each` answers every location, `summary` all together"),
  ),
});

/** The parameters of each operation. Those of a path with an id have `id` besides. */
export const QUERIES: Readonly<Record<string, { readonly entries: v.ObjectEntries }>> = {
  "GET /v1/status": StatusQuery,
  "GET /v1/servers": WatchQuery,
  "GET /v1/clients": ClientsQuery,
  "GET /v1/clients/{id}/places": PlacesQuery,
  "GET /v1/changes": ChangesQuery,
  "POST /v1/locations": BulkQuery,
};

const NO_PARAMETERS = { entries: {} };

/** Phone apps send along what else they know, such as the battery. */
const OF_PHONES = / \/v1\/report\//;

/**
 * Refuses parameters that an operation does not have: a filter with a slip of the pen in its name would
 * filter nothing.
 *
 * @throws {Problem} 400 with the name that was meant.
 */
export function refuseUnknownParameters(
  operation: string,
  request: Pick<HttpRequest, "search" | "query">,
): void {
  if (request.search === "" || OF_PHONES.test(operation)) return;
  const names = Object.keys((QUERIES[operation] ?? NO_PARAMETERS).entries);
  if (operation.includes("{id}")) names.push("id");
  const unknown = Object.keys(request.query()).filter((it) => !names.includes(it));
  if (unknown.length === 0) return;
  const faults = unknown.slice(0, MAX_FAULTS).map((it) => {
    const name = it.slice(0, MAX_SHOWN_NAME);
    const meant = closest(name, names);
    return `'${name}': unknown` + (meant === undefined ? "" : `; did you mean '${meant}'?`);
  });
  const known = names.length === 0
    ? "This takes no parameters"
    : `The parameters are: ${names.join(", ")}`;
  throw new Problem(400, `${faults.join("; ")}. ${known}`);
}

/** The most unknown parameters that are named, and the most characters of a name. */
const MAX_FAULTS = 5;
const MAX_SHOWN_NAME = 32;

/** A parameter as it was sent, for what is percent-encoded bytes and need not be UTF-8. */
export function rawParameter(search: string, name: string): string | undefined {
  const parameter = search.split("&").find((it) => it.startsWith(`${name}=`));
  return parameter?.slice(name.length + 1);
}

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
