// Asks the places provider for WHATSAT, bounded for the whole server, and prints what it gives.

import type { Coordinates } from "../protocol/location.ts";
import { printNearby } from "../places/print.ts";
import type { NearbyResponse, PlacesProvider } from "../places/provider.ts";

const BUSY: NearbyResponse = {
  error_message: "This server is waiting for too many places already",
  html_attributions: [],
  results: [],
  status: "OVER_QUERY_LIMIT",
};

const FAILED: NearbyResponse = {
  error_message: "The places provider failed",
  html_attributions: [],
  results: [],
  status: "UNKNOWN_ERROR",
};

/** The one place where a server asks for places. */
export class PlacesDesk {
  readonly provider: PlacesProvider;
  readonly #maxWaiting: number;
  readonly #signal: AbortSignal;
  #waiting = 0;

  /** `signal` is aborted when the server gives up waiting for places. */
  constructor(provider: PlacesProvider, maxWaiting: number, signal: AbortSignal) {
    this.provider = provider;
    this.#maxWaiting = maxWaiting;
    this.#signal = signal;
  }

  /** The printed JSON of the places near a location; a promise only if it takes waiting. */
  nearby(
    location: Coordinates,
    radiusMetres: number,
    bound: number,
  ): Uint8Array | Promise<Uint8Array> {
    if (this.#waiting >= this.#maxWaiting) return printNearby(BUSY);
    try {
      const found = this.provider.nearby(location, radiusMetres, bound, this.#signal);
      if (!(found instanceof Promise)) return printNearby(found);
      return this.#print(found);
    } catch {
      return printNearby(FAILED);
    }
  }

  async #print(found: Promise<NearbyResponse>): Promise<Uint8Array> {
    this.#waiting++;
    try {
      return printNearby(await found);
    } catch {
      return printNearby(FAILED);
    } finally {
      this.#waiting--;
    }
  }
}
