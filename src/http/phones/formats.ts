// The reports of phone apps, as their documentation has them. What a record cannot hold, such as the
// battery or the accuracy, is left out.
//
//   OsmAnd 4, GPSLogger, Traccar Client up to 8   https://www.traccar.org/osmand/
//   Traccar Client 9                              https://www.traccar.org/osmand/, its JSON
//   OwnTracks, HTTP mode                          https://owntracks.org/booklet/tech/http/ and tech/json/

import * as v from "valibot";
import { decode } from "../../base/bytes.ts";
import { DECIMAL_NUMBER } from "../../base/text/numbers.ts";
import { latitude, longitude } from "../api/schema_parts.ts";
import { basicOf } from "../tokens/credentials.ts";
import type { HttpRequest } from "../wire/request.ts";
import { phoneTime } from "./phone_time.ts";

/** One location that a phone reports. */
export interface Point {
  /** The client's id; undefined where the app names none. */
  readonly client: string | undefined;
  readonly latitude: number;
  readonly longitude: number;
  /** POSIX seconds; undefined where the app gives no time. */
  readonly time: string | undefined;
}

/** The points of a request; those that are none are the faults. Both are empty where there is nothing to tell. */
export interface Reported {
  readonly points: readonly Point[];
  readonly faults: readonly string[];
}

/** Reads the reports of one kind of app; a text is the fault of the whole request. */
export type Format = (request: HttpRequest) => Reported | string;

/** An object with these properties and any others. */
const fields = <const E extends v.ObjectEntries>(entries: E) =>
  v.looseObject(entries, ({ expected }) => expected === "Object" ? "not an object" : "missing");

const decimal = (range: typeof latitude) =>
  v.pipe(
    v.string("missing"),
    v.regex(new RegExp(`^${DECIMAL_NUMBER}$`), "not a number"),
    v.transform(Number),
    range,
  );

const NO_TIME = "not POSIX seconds, milliseconds, or ISO 8601";
const time = v.pipe(
  v.union([v.string(), v.number()], NO_TIME),
  v.transform(phoneTime),
  v.string(NO_TIME),
);

const name = v.pipe(v.union([v.string(), v.number()], "not a name"), v.transform(String));

const OsmAndQuery = v.pipe(
  fields({
    id: v.optional(v.string()),
    deviceid: v.optional(v.string()),
    lat: decimal(latitude),
    lon: decimal(longitude),
    timestamp: v.optional(time),
  }),
  v.transform(({ id, deviceid, lat, lon, timestamp }): Point => ({
    client: id ?? deviceid,
    latitude: lat,
    longitude: lon,
    time: timestamp,
  })),
);

/** OsmAnd's parameters, in the query or as a form. */
export const osmand: Format = (request) => {
  const form = request.method === "POST" ? new URLSearchParams(decode(request.body)) : [];
  return gathered([{ ...Object.fromEntries(form), ...request.query() }], OsmAndQuery);
};

const TraccarLocation = v.pipe(
  fields({
    timestamp: v.optional(time),
    coords: fields({ latitude, longitude }),
  }),
  v.transform(({ timestamp, coords: { latitude, longitude } }) => ({
    latitude,
    longitude,
    time: timestamp,
  })),
);

const TraccarBody = fields({
  device_id: v.optional(name),
  location: v.union([v.array(v.unknown()), fields({})], "missing"),
});

/** Traccar Client's JSON: one location, or a list of those that it kept. */
export const traccar: Format = (request) => {
  const json = jsonOf(request);
  if (json === undefined) return "The body is not JSON";
  const body = v.safeParse(TraccarBody, json);
  if (!body.success) return faultOf(body.issues);
  const { device_id: client, location } = body.output;
  const { points, faults } = gathered([location].flat(), TraccarLocation);
  return { points: points.map((it) => ({ client, ...it })), faults };
};

const OwnTracksLocation = v.pipe(
  fields({
    lat: latitude,
    lon: longitude,
    tst: v.optional(time),
    topic: v.optional(v.string()),
  }),
  v.transform(({ lat, lon, tst, topic }) => ({ latitude: lat, longitude: lon, time: tst, topic })),
);

/** OwnTracks' JSON: one message or a list; others than locations tell nothing, nor does no body. */
export const owntracks: Format = (request) => {
  if (request.body.length === 0) return { points: [], faults: [] };
  const json = jsonOf(request);
  if (typeof json !== "object" || json === null) return "The body is not JSON";
  const locations = [json].flat().filter((it) =>
    typeof it === "object" && it !== null && "_type" in it && it._type === "location"
  );
  const { points, faults } = gathered(locations, OwnTracksLocation);
  const named = ownTracksName(request);
  return {
    points: points.map(({ topic, ...it }) => ({ client: named ?? nameOfTopic(topic), ...it })),
    faults,
  };
};

/** `user/device`: the user of Basic or else of X-Limit-U, and the device of X-Limit-D. */
function ownTracksName(request: HttpRequest): string | undefined {
  const { u, d } = request.query();
  const user = basicOf(request)?.user || request.header("x-limit-u") || u;
  const device = request.header("x-limit-d") || d;
  if (!user || !device) return undefined;
  return `${user}/${device}`;
}

/** The same of a topic, `owntracks/<user>/<device>`. */
function nameOfTopic(topic: string | undefined): string | undefined {
  return topic?.replace(/^\/?owntracks\//, "");
}

function gathered<const S extends v.GenericSchema>(values: readonly unknown[], schema: S) {
  const points: v.InferOutput<S>[] = [];
  const faults: string[] = [];
  for (const value of values) {
    const parsed = v.safeParse(schema, value, { abortPipeEarly: true });
    if (parsed.success) points.push(parsed.output);
    else faults.push(faultOf(parsed.issues));
  }
  return { points, faults };
}

function faultOf(issues: readonly v.BaseIssue<unknown>[]): string {
  return issues.map((it) => `'${v.getDotPath(it) ?? "location"}': ${it.message}`).join("; ");
}

function jsonOf(request: HttpRequest): unknown {
  try {
    return JSON.parse(decode(request.body));
  } catch {
    return undefined;
  }
}
