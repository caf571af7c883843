// The interface of places providers, and the Nearby Search response that all of them give.
// Printing is in print.ts; who calls a provider and when is the session's business.

import type { Coordinates } from "../protocol/location.ts";

/** Statuses of Google's legacy Nearby Search. */
export type NearbyStatus =
  | "OK"
  | "ZERO_RESULTS"
  | "INVALID_REQUEST"
  | "OVER_QUERY_LIMIT"
  | "REQUEST_DENIED"
  | "UNKNOWN_ERROR";

/** Number of answers by status, all zero. */
export function noOutcomes(): Record<NearbyStatus, number> {
  return {
    OK: 0,
    ZERO_RESULTS: 0,
    INVALID_REQUEST: 0,
    OVER_QUERY_LIMIT: 0,
    REQUEST_DENIED: 0,
    UNKNOWN_ERROR: 0,
  };
}

/** A JSON value, as it goes into a place. What is undefined in an object is not printed. */
export type Json = string | number | boolean | null | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json | undefined;
}

/** One place in the form of Google's legacy Nearby Search. */
export type Place = JsonObject;

/**
 * A response in the form of Google's legacy Nearby Search
 * (https://developers.google.com/maps/documentation/places/web-service/search-nearby).
 */
export interface NearbyResponse {
  readonly error_message?: string;
  readonly html_attributions: readonly string[];
  readonly next_page_token?: string | undefined;
  readonly results: readonly Place[];
  readonly status: NearbyStatus;
}

/** Finds places near a location. */
export interface PlacesProvider extends Disposable {
  /** Short name for logs and metrics, such as `gazetteer`. */
  readonly name: string;
  /**
   * Returns the places within `radiusMetres` (0 to 50,000) of `location`, `bound` (0 to 20) at most.
   *
   * Never rejects: a failure is a response with no results, a status that says what kind of
   * failure it was, and an `error_message` that is safe to show to a stranger. A provider that
   * needs no waiting gives the response itself, not a promise.
   */
  nearby(
    location: Coordinates,
    radiusMetres: number,
    bound: number,
    signal: AbortSignal,
  ): NearbyResponse | Promise<NearbyResponse>;
  /** Reads anew what its answers are made of; what cannot be used changes nothing. Never rejects. */
  renew?(): Promise<void>;
}
