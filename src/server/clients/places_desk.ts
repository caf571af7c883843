// Asks the places provider for WHATSAT, bounded for the whole server, and prints what it gives.

import type { Clock } from "../../base/clock.ts";
import type { Coordinates } from "../../protocol/location.ts";
import { printNearby } from "../../places/print.ts";
import {
  type NearbyResponse,
  type NearbyStatus,
  noOutcomes,
  type PlacesProvider,
} from "../../places/provider.ts";
import type { GuardCounters } from "../../places/upstream/guard.ts";
import type { PlacesStatus } from "../status.ts";
import { Histogram } from "../../base/histogram.ts";
import type { Trace } from "../tracing.ts";

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

/** The source of a server's places, and its limits. */
export interface PlacesDeskOptions {
  /** Answers that may be waited for at one time; one more gets OVER_QUERY_LIMIT. */
  readonly maxWaiting: number;
  readonly clock: Clock;
  /** Makes each answer a span, the parent of those of the calls that it takes. */
  readonly trace?: Trace | undefined;
}

/** The one place where a server asks for places. */
export class PlacesDesk implements PlacesStatus, Disposable {
  /** Answers since start, by status. */
  readonly outcomes: Record<NearbyStatus, number> = noOutcomes();
  /** Seconds of the answers that took waiting. */
  readonly latency: Histogram = new Histogram();
  readonly #provider: PlacesProvider;
  readonly #trace: Trace | undefined;
  readonly #maxWaiting: number;
  readonly #clock: Clock;
  readonly #givingUp = new AbortController();
  #waiting = 0;

  /** The provider is the desk's from now on. */
  constructor(provider: PlacesProvider, { maxWaiting, clock, trace }: PlacesDeskOptions) {
    this.#provider = provider;
    this.#trace = trace;
    this.#maxWaiting = maxWaiting;
    this.#clock = clock;
  }

  /** The provider's short name. */
  get provider(): string {
    return this.#provider.name;
  }

  /** Calls of the provider's upstream; undefined when it has none. */
  get upstream(): GuardCounters | undefined {
    const provider = this.#provider;
    return "counters" in provider ? provider.counters as GuardCounters : undefined;
  }

  /** Has the provider read anew what it reads of files. */
  async renew(): Promise<void> {
    await this.#provider.renew?.();
  }

  /** Number of answers that are waited for now. */
  get waiting(): number {
    return this.#waiting;
  }

  /**
   * The printed JSON of the places near a location; a promise only if it takes waiting. `signal` is
   * aborted when whoever asks waits no more; left out, nobody gives up before `giveUp`.
   */
  nearby(
    location: Coordinates,
    radiusMetres: number,
    bound: number,
    signal: AbortSignal = this.#givingUp.signal,
  ): Uint8Array | Promise<Uint8Array> {
    if (this.#trace === undefined) return this.#nearby(location, radiusMetres, bound, signal);
    const attributes = {
      "herd.places.provider": this.provider,
      "herd.places.radius": radiusMetres,
      "herd.places.bound": bound,
    };
    return this.#trace(
      "WHATSAT",
      attributes,
      () => this.#nearby(location, radiusMetres, bound, signal),
    );
  }

  /** Answers that are asked for without a signal of their own are waited for no longer. */
  giveUp(): void {
    this.#givingUp.abort();
  }

  /** Disposes of the provider. */
  [Symbol.dispose](): void {
    this.#provider[Symbol.dispose]();
  }

  #nearby(
    location: Coordinates,
    radiusMetres: number,
    bound: number,
    signal: AbortSignal,
  ): Uint8Array | Promise<Uint8Array> {
    if (this.#waiting >= this.#maxWaiting) return this.#print(BUSY);
    try {
      const found = this.#provider.nearby(location, radiusMetres, bound, signal);
      return found instanceof Promise ? this.#printLater(found) : this.#print(found);
    } catch {
      return this.#print(FAILED);
    }
  }

  async #printLater(found: Promise<NearbyResponse>): Promise<Uint8Array> {
    this.#waiting++;
    const startedMs = this.#clock.monotonicMs();
    try {
      return this.#print(await found);
    } catch {
      return this.#print(FAILED);
    } finally {
      this.#waiting--;
      this.latency.observe((this.#clock.monotonicMs() - startedMs) / 1000);
    }
  }

  #print(response: NearbyResponse): Uint8Array {
    this.outcomes[response.status]++;
    return printNearby(response);
  }
}
