// OpenStreetMap through an Overpass instance of one's own: named amenities, shops, sights and
// leisure, ordered by distance here. The public instances forbid load from many servers.
// https://wiki.openstreetmap.org/wiki/Overpass_API/Overpass_QL

import { distance } from "geokdbush";
import * as v from "valibot";
import { Latitude, Longitude } from "../upstream/ranges.ts";
import type { Coordinates } from "../../protocol/location.ts";
import type { Format, Query } from "../upstream/attempt.ts";
import { parseBaseUrl } from "../upstream/base_url.ts";
import { ConfigError } from "../../base/errors.ts";
import { degrees, metres } from "../upstream/decimal.ts";
import type { GuardLimits } from "../upstream/guard.ts";
import { GuardedProvider, type NetworkOptions } from "../upstream/guarded_provider.ts";
import { link } from "../html.ts";
import { type LocalPlace, toPlace } from "../local_place.ts";
import type { NearbyResponse } from "../provider.ts";

/** Time limit of an instance for a query, in seconds; it is told so. */
const QUERY_SECONDS = 10;

/** Most elements that an instance may send. What it leaves out is not what is farthest. */
const MAX_ELEMENTS = 600;

/** The radius of the first circle that is asked, in metres: a city has some hundred places there. */
const FIRST_RADIUS_METRES = 250;

/** A whole circle with this many places has all that can be asked for. */
const ENOUGH = 20;

/** The places that the next circle is meant to have. */
const WANTED = 60;

/** Circles that are asked for one query, at most. */
const MAX_CIRCLES = 8;

/** The keys of what counts as a place, in the order in which their values name its types. */
const KINDS = ["amenity", "shop", "tourism", "leisure"] as const;

/** Limits that suit an instance: one query at a time, and none that outlives our wait for it. */
export const OVERPASS_LIMITS: Partial<GuardLimits> = {
  deadlineMs: (QUERY_SECONDS + 2) * 1_000,
  maxConcurrent: 1,
  maxQueued: 64,
  maxRetries: 0,
  leastPauseMs: 30_000,
};

/** Public instances, by domain: subdomains belong to them. */
const PUBLIC_INSTANCES = [
  "overpass-api.de",
  "openstreetmap.fr",
  "openstreetmap.ru",
  "osm.ch",
  "osm.jp",
  "overpass.kumi.systems",
  "overpass.private.coffee",
  "overpass.atownsend.org.uk",
  "overpass.nchc.org.tw",
  "maps.mail.ru",
];

/** Options for reaching an instance. */
export interface OverpassOptions extends NetworkOptions {
  /** The instance's interpreter, such as `http://127.0.0.1:12345/api/interpreter`. */
  readonly url: string;
  /** Tells the instance who calls; best with a way to reach the person who runs the herd. */
  readonly userAgent?: string;
}

/**
 * Places from OpenStreetMap.
 *
 * @throws {ConfigError} If the URL cannot be used, or is that of a public instance.
 */
export function createOverpass(options: OverpassOptions): GuardedProvider {
  const url = parseBaseUrl(options.url, { secret: false });
  const hostname = url.hostname.replace(/\.$/, "");
  if (PUBLIC_INSTANCES.some((it) => hostname === it || hostname.endsWith(`.${it}`))) {
    throw new ConfigError(
      `Cannot use '${url}' for places: it is a public instance, and those do not allow the load ` +
        "of a herd. Run an instance of your own",
    );
  }
  const headers = {
    "Accept": "application/json",
    "User-Agent": options.userAgent ?? "Herd/0.1 (location servers, own Overpass instance)",
  };
  const format: Format = {
    // The bound only cuts, so one call serves them all.
    key: toQuery,
    steps: circles,
    request: (query) => ({
      url,
      init: { method: "POST", headers, body: new URLSearchParams({ data: toQuery(query) }) },
    }),
    read: (body, { location }) => read(body, location),
  };
  return new GuardedProvider("overpass", format, options, OVERPASS_LIMITS);
}

/**
 * Circles that grow until a whole one has enough places, for what is cut from a larger one may be what is
 * nearest. A circle that has too much shrinks.
 */
function* circles(query: Query): Generator<Query, void, object> {
  let radiusMetres = Math.min(FIRST_RADIUS_METRES, query.radiusMetres);
  let wholeMetres = 0;
  for (let i = 0; i < MAX_CIRCLES; i++) {
    const { elements: { length } } = (yield { ...query, radiusMetres }) as Pick<Answer, "elements">;
    if (length >= MAX_ELEMENTS) {
      radiusMetres = wholeMetres === 0 ? radiusMetres / 4 : Math.sqrt(wholeMetres * radiusMetres);
    } else {
      if (length >= ENOUGH || radiusMetres === query.radiusMetres) return;
      wholeMetres = radiusMetres;
      const growth = Math.sqrt(WANTED / Math.max(length, 1));
      radiusMetres = Math.min(radiusMetres * growth, query.radiusMetres);
    }
  }
}

function toQuery({ location: { latitude, longitude }, radiusMetres }: Query): string {
  const around = `around:${metres(radiusMetres)},${degrees(latitude)},${degrees(longitude)}`;
  const union = KINDS.map((kind) => `nwr(${around})[name][${kind}];`).join("");
  return `[out:json][timeout:${QUERY_SECONDS}];(${union});out center ${MAX_ELEMENTS};`;
}

const Point = v.object({ lat: Latitude, lon: Longitude });

type Point = v.InferOutput<typeof Point>;

const Element = v.object({
  center: v.optional(Point),
  id: v.pipe(v.number(), v.safeInteger()),
  lat: v.optional(Latitude),
  lon: v.optional(Longitude),
  tags: v.optional(v.record(v.string(), v.string()), {}),
  type: v.picklist(["node", "way", "relation"]),
});

type Element = v.InferOutput<typeof Element>;

const Answer = v.object({
  elements: v.array(Element),
  // A query that ran out of time or memory is a success with this remark and some elements.
  remark: v.optional(v.pipe(v.string(), v.check((it) => !it.includes("runtime error")))),
});

type Answer = v.InferOutput<typeof Answer>;

const ATTRIBUTION = link(
  "© OpenStreetMap contributors",
  "https://www.openstreetmap.org/copyright",
);

function read(body: object, from: Coordinates): NearbyResponse | undefined {
  const parsed = v.safeParse(Answer, body);
  if (!parsed.success) return undefined;
  const found = parsed.output.elements.flatMap((element) => {
    const point = locate(element);
    if (point === undefined) return [];
    const km = distance(from.longitude, from.latitude, point.lon, point.lat);
    return [{ km, place: toPlace(toLocalPlace(element, point)) }];
  });
  found.sort((a, b) => a.km - b.km);
  return {
    html_attributions: found.length > 0 ? [ATTRIBUTION] : [],
    results: found.map((it) => it.place),
    status: found.length > 0 ? "OK" : "ZERO_RESULTS",
  };
}

/** Location of a node, or the middle of a way or relation. */
function locate({ center, lat, lon }: Element): Point | undefined {
  if (center !== undefined) return center;
  return lat === undefined || lon === undefined ? undefined : { lat, lon };
}

function toLocalPlace({ id, tags, type }: Element, { lat, lon }: Point): LocalPlace {
  return {
    latitude: lat,
    longitude: lon,
    name: tags.name ?? "",
    placeId: `osm:${type}/${id}`,
    types: types(tags),
    vicinity: vicinity(tags) || undefined,
  };
}

/** Types in Google's manner, from the particular to the general: `cafe`, `amenity`. */
function types(tags: Element["tags"]): string[] {
  const kinds = KINDS.filter((kind) => tags[kind] !== undefined);
  const values = kinds.flatMap((kind) => tags[kind]!.split(";"))
    .map((it) => it.trim())
    .filter((it) => it !== "" && it !== "yes");
  return [...new Set([...values, ...kinds])];
}

function vicinity(tags: Element["tags"]): string {
  const street = [tags["addr:housenumber"], tags["addr:street"]].filter(Boolean).join(" ");
  return [street, tags["addr:city"]].filter(Boolean).join(", ");
}
