// Parameters of requests: what is asked, checked, or a problem that says what would be right.

import * as v from "valibot";
import type { Coordinates } from "../../protocol/location.ts";
import { EARTH_RADIUS_METRES } from "../../server/readers/globe_grid.ts";
import { decodeClientId } from "./client_id.ts";
import { MAX_WATCH_SECONDS } from "../herd_view.ts";
import { Problem } from "../problem.ts";

/** The radius of `near` in kilometres when none is given, and the most: once round the earth. */
export const DEFAULT_NEAR_KM = 10;
export const MAX_NEAR_KM = Math.ceil(Math.PI * EARTH_RADIUS_METRES / 1000);

/** The number of clients near a point when none is given, and the most. */
export const DEFAULT_NEAR_LIMIT = 20;
export const MAX_NEAR_LIMIT = 1_000;

/**
 * The id in the third segment of a URL's path, as it was sent: routers decode what should stay bytes.
 *
 * @throws {Problem} 400 if it is none.
 */
export function clientIdOf(url: string): Uint8Array<ArrayBuffer> {
  const [path] = url.slice(url.indexOf("/", url.indexOf("//") + 2)).split(/[?#]/, 1);
  const id = decodeClientId(path!.split("/")[3]!);
  if (id === undefined) {
    throw new Problem(
      400,
      "The client's id is not 1 to 4,096 percent-encoded bytes, none of space",
    );
  }
  return id;
}

/** What `near`, `radius` and `limit` ask for. */
export function nearQuery(query: Record<string, string>): {
  readonly centre: Coordinates;
  readonly metres: number;
  readonly limit: number;
} {
  const { near, radius, limit } = query;
  if (near === undefined) throw new Problem(400, "'near' is missing: a latitude and a longitude");
  const [latitude = NaN, longitude = NaN, ...rest] = near.split(",").map(decimal);
  if (!(Math.abs(latitude) <= 90 && Math.abs(longitude) <= 180) || rest.length > 0) {
    throw new Problem(400, `'near' is not a latitude and a longitude, such as 34.07,-118.45`);
  }
  const km = radius === undefined ? DEFAULT_NEAR_KM : decimal(radius);
  if (!(km >= 0 && km <= MAX_NEAR_KM)) {
    throw new Problem(400, `'radius' is not a number of kilometres from 0 to ${MAX_NEAR_KM}`);
  }
  const count = limit === undefined ? DEFAULT_NEAR_LIMIT : decimal(limit);
  if (!(Number.isInteger(count) && count >= 1 && count <= MAX_NEAR_LIMIT)) {
    throw new Problem(400, `'limit' is not a whole number from 1 to ${MAX_NEAR_LIMIT}`);
  }
  return { centre: { latitude, longitude }, metres: km * 1000, limit: count };
}

/** The seconds of `watch`. */
export function watchQuery({ watch }: Record<string, string>): number {
  const seconds = watch === undefined ? MAX_WATCH_SECONDS : decimal(watch);
  if (seconds >= 0 && seconds <= MAX_WATCH_SECONDS) return seconds;
  throw new Problem(400, `'watch' is not a number of seconds from 0 to ${MAX_WATCH_SECONDS}`);
}

/** A plain decimal number; NaN for anything else that `Number` would take. */
function decimal(text: string): number {
  return /^-?\d{1,9}(\.\d{1,15})?$/.test(text) ? Number(text) : NaN;
}

const degrees = (most: number) => {
  const message = `not a number from ${-most} to ${most}`;
  return v.pipe(v.number(message), v.minValue(-most, message), v.maxValue(most, message));
};
const LocationBody = v.strictObject(
  {
    lat: degrees(90),
    lon: degrees(180),
    time: v.optional(v.pipe(
      v.string("not a text: a JSON number has no room for nanoseconds"),
      v.regex(/^\d{1,12}(\.\d+)?$/, "not POSIX seconds, such as 1520023934.918963997"),
    )),
  },
  ({ expected }) =>
    expected === "never" ? "unknown" : expected === "Object" ? "not an object" : "missing",
);

/** A location that a client tells: degrees, and POSIX seconds or nothing. */
export type LocationBody = v.InferOutput<typeof LocationBody>;

/** A request's body is a small object. */
const MAX_BODY_BYTES = 4 * 1024;

/**
 * The body of a request that tells a location.
 *
 * @throws {Problem} 413, 415 or 400 if it is not one.
 */
export async function locationBody(request: Request): Promise<LocationBody> {
  const type = request.headers.get("Content-Type")?.split(";")[0]?.trim().toLowerCase();
  if (type !== "application/json") throw new Problem(415, "The body is not application/json");
  const text = await limitedText(request);
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    throw new Problem(400, "The body is not JSON");
  }
  const parsed = v.safeParse(LocationBody, json);
  if (parsed.success) return parsed.output;
  const problems = parsed.issues.map((it) => {
    const key = v.getDotPath(it);
    return key === null ? `The body: ${it.message}` : `'${key}': ${it.message}`;
  });
  throw new Problem(400, problems.join("; "));
}

async function limitedText({ body }: Request): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_BODY_BYTES) {
      throw new Problem(413, `The body is over ${MAX_BODY_BYTES} bytes`);
    }
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}
