// Google's Places API (New), Nearby Search: asked by popularity, and its answers turned into the
// legacy shape that clients know.
// https://developers.google.com/maps/documentation/places/web-service/nearby-search

import * as v from "valibot";
import { Count, Latitude, Longitude } from "../upstream/ranges.ts";
import { checkApiKey } from "./api_key.ts";
import type { Format, Query, Refusal } from "../upstream/attempt.ts";
import { below, parseBaseUrl } from "../upstream/base_url.ts";
import { degrees, MIN_RADIUS_METRES } from "../upstream/decimal.ts";
import { GuardedProvider, type NetworkOptions } from "../upstream/guarded_provider.ts";
import { link } from "../html.ts";
import type { Json, NearbyResponse, Place } from "../provider.ts";

/** Address of Google's service. */
export const GOOGLE_BASE_URL = "https://places.googleapis.com";

/**
 * The fields that are asked for unless others are: those of the cheaper tier. What else comes and
 * has a place in the legacy shape goes there: `viewport`, `rating`, `userRatingCount`,
 * `businessStatus`, `plusCode`, `attributions`.
 */
export const GOOGLE_FIELDS: readonly string[] = [
  "places.id",
  "places.displayName",
  "places.location",
  "places.types",
  "places.shortFormattedAddress",
];

/** Options for reaching Google. */
export interface GoogleOptions extends NetworkOptions {
  /** The key of a project that has Places API (New) enabled. */
  readonly apiKey: string;
  /** A proxy in place of {@link GOOGLE_BASE_URL}; https, or on this machine. */
  readonly baseUrl?: string | undefined;
  /** The field mask in place of {@link GOOGLE_FIELDS}: it decides what Google charges. */
  readonly fields?: readonly string[];
}

/**
 * Places by Google's present API.
 *
 * @throws {ConfigError} If the key or the base URL cannot be used.
 */
export function createGoogle(options: GoogleOptions): GuardedProvider {
  const base = parseBaseUrl(options.baseUrl ?? GOOGLE_BASE_URL, { secret: true });
  const url = below(base, "v1/places:searchNearby");
  const headers = {
    "Content-Type": "application/json",
    "X-Goog-Api-Key": checkApiKey(options.apiKey),
    "X-Goog-FieldMask": (options.fields ?? GOOGLE_FIELDS).join(","),
  };
  const format: Format = {
    // Google finds as many as are asked for, so the bound makes another request.
    key: body,
    request: (query) => ({ url, init: { method: "POST", headers, body: body(query) } }),
    read,
    refusal,
  };
  return new GuardedProvider("google", format, options);
}

function body({ location, radiusMetres, bound }: Query): string {
  return JSON.stringify({
    maxResultCount: bound,
    rankPreference: "POPULARITY",
    locationRestriction: {
      circle: {
        center: {
          latitude: Number(degrees(location.latitude)),
          longitude: Number(degrees(location.longitude)),
        },
        radius: Math.max(radiusMetres, MIN_RADIUS_METRES),
      },
    },
  });
}

/** JSON of protocol buffers leaves out numbers that are zero. */
const LatLng = v.object({
  latitude: v.optional(Latitude, 0),
  longitude: v.optional(Longitude, 0),
});

/** Every field is optional: which ones come is up to the field mask and to what Google knows. */
const GooglePlace = v.object({
  attributions: v.optional(v.array(v.object({
    provider: v.optional(v.string(), ""),
    providerUri: v.optional(v.string(), ""),
  }))),
  businessStatus: v.optional(v.string()),
  displayName: v.optional(v.object({ text: v.optional(v.string(), "") })),
  id: v.optional(v.string()),
  location: v.optional(LatLng),
  plusCode: v.optional(v.object({
    compoundCode: v.optional(v.string()),
    globalCode: v.optional(v.string()),
  })),
  rating: v.optional(v.pipe(v.number(), v.minValue(0), v.maxValue(5))),
  shortFormattedAddress: v.optional(v.string()),
  types: v.optional(v.array(v.string())),
  userRatingCount: v.optional(Count),
  viewport: v.optional(v.object({
    high: v.optional(LatLng, {}),
    low: v.optional(LatLng, {}),
  })),
});

type GooglePlace = v.InferOutput<typeof GooglePlace>;

/** No places are no field at all. */
const Answer = v.object({
  error: v.optional(v.undefined()),
  places: v.optional(v.array(GooglePlace), []),
});

function read(body: object): NearbyResponse | undefined {
  const parsed = v.safeParse(Answer, body);
  if (!parsed.success) return undefined;
  const { places } = parsed.output;
  const attributions = places.flatMap((it) => it.attributions ?? [])
    .map(({ provider, providerUri }) => link(provider, providerUri));
  return {
    html_attributions: [...new Set(attributions)],
    results: places.map(toLegacy),
    status: places.length > 0 ? "OK" : "ZERO_RESULTS",
  };
}

/** The place in the legacy shape, its fields in the legacy order: by name. */
function toLegacy(place: GooglePlace): Place {
  const { location, viewport, plusCode } = place;
  return defined({
    business_status: place.businessStatus,
    geometry: location && defined({
      location: toLatLng(location),
      viewport: viewport && {
        northeast: toLatLng(viewport.high),
        southwest: toLatLng(viewport.low),
      },
    }),
    name: place.displayName?.text,
    place_id: place.id,
    plus_code: plusCode && defined({
      compound_code: plusCode.compoundCode,
      global_code: plusCode.globalCode,
    }),
    rating: place.rating,
    reference: place.id,
    types: place.types,
    user_ratings_total: place.userRatingCount,
    vicinity: place.shortFormattedAddress,
  });
}

function toLatLng({ latitude, longitude }: v.InferOutput<typeof LatLng>): Json {
  return { lat: latitude, lng: longitude };
}

function defined(fields: Readonly<Record<string, Json | undefined>>): Place {
  return Object.fromEntries(
    Object.entries(fields).filter((entry): entry is [string, Json] => entry[1] !== undefined),
  );
}

/** `google.rpc.Status` with `google.rpc.ErrorInfo`, of which only the words from fixed sets. */
const ErrorAnswer = v.object({
  error: v.object({
    details: v.optional(v.array(v.object({ reason: v.optional(v.string()) })), []),
    status: v.optional(v.string()),
  }),
});

function refusal(body: object): Refusal {
  const parsed = v.safeParse(ErrorAnswer, body);
  if (!parsed.success) return {};
  const { details, status } = parsed.output.error;
  const reason = details.find((it) => it.reason !== undefined)?.reason;
  const code = reason ?? status;
  return {
    // A wrong key is a bad request to Google, and was REQUEST_DENIED in the legacy API.
    status: reason === "API_KEY_INVALID" ? "REQUEST_DENIED" : undefined,
    code: code !== undefined && /^[A-Z][A-Z_]{0,63}$/.test(code) ? code : undefined,
  };
}
