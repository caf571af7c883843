// Google's legacy Nearby Search: what clients get has its very shape, so places go through as they
// are. For projects that enabled it while it could be. The key goes into the URL, as the API wants it:
// so nothing may show a URL. Deno's own spans of `fetch` do (with OTEL_DENO), and cannot be told not to.
// https://developers.google.com/maps/documentation/places/web-service/legacy/search-nearby

import * as v from "valibot";
import { Latitude, Longitude } from "../upstream/ranges.ts";
import { checkApiKey } from "./api_key.ts";
import type { Format, Query } from "../upstream/attempt.ts";
import { below, parseBaseUrl } from "../upstream/base_url.ts";
import { degrees, metres } from "../upstream/decimal.ts";
import { REFUSALS } from "../failure.ts";
import { GuardedProvider, type NetworkOptions } from "../upstream/guarded_provider.ts";
import type { Json, NearbyResponse } from "../provider.ts";

/** Address of Google's service. */
export const GOOGLE_LEGACY_BASE_URL = "https://maps.googleapis.com";

/** Options for reaching Google. */
export interface GoogleLegacyOptions extends NetworkOptions {
  /** The key of a project that has the legacy Places API enabled. */
  readonly apiKey: string;
  /** A proxy in place of {@link GOOGLE_LEGACY_BASE_URL}; https, or on this machine. */
  readonly baseUrl?: string | undefined;
}

/**
 * Places by Google's legacy API.
 *
 * @throws {ConfigError} If the key or the base URL cannot be used.
 */
export function createGoogleLegacy(options: GoogleLegacyOptions): GuardedProvider {
  const base = parseBaseUrl(options.baseUrl ?? GOOGLE_LEGACY_BASE_URL, { secret: true });
  const endpoint = below(base, "maps/api/place/nearbysearch/json");
  const apiKey = checkApiKey(options.apiKey);
  const format: Format = {
    // Google finds 20 at most whatever the bound, so one call serves them all.
    key: parameters,
    request: (query) => {
      const url = new URL(endpoint);
      url.search = `${parameters(query)}&key=${encodeURIComponent(apiKey)}`;
      return { url, init: {} };
    },
    read,
  };
  return new GuardedProvider("google-legacy", format, options);
}

function parameters({ location, radiusMetres }: Query): string {
  const { latitude, longitude } = location;
  return `location=${degrees(latitude)},${degrees(longitude)}&radius=${metres(radiusMetres)}`;
}

const Located = v.object({
  geometry: v.optional(v.object({
    location: v.optional(v.object({ lat: Latitude, lng: Longitude })),
  })),
});

/** Any JSON: it comes from `JSON.parse`. Where the place is must be on earth. */
const LegacyPlace = v.custom<Readonly<Record<string, Json>>>((it) =>
  typeof it === "object" && it !== null && !Array.isArray(it) && v.is(Located, it)
);

/** The error message is left out: it tells of keys, projects and addresses. */
const Answer = v.object({
  html_attributions: v.optional(v.array(v.string()), []),
  next_page_token: v.optional(v.string()),
  results: v.optional(v.array(LegacyPlace), []),
  status: v.picklist([
    "OK",
    "ZERO_RESULTS",
    "INVALID_REQUEST",
    "OVER_QUERY_LIMIT",
    "REQUEST_DENIED",
    "UNKNOWN_ERROR",
  ]),
});

function read(body: object): NearbyResponse | undefined {
  const parsed = v.safeParse(Answer, body);
  if (!parsed.success) return undefined;
  const { html_attributions, next_page_token, results, status } = parsed.output;
  if (status !== "OK" && status !== "ZERO_RESULTS") return REFUSALS[status];
  return {
    html_attributions,
    next_page_token,
    results,
    status,
  };
}
