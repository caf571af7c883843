// A places provider over the network: a format, `fetch`, and the guard between.

import { AsyncLocalStorage } from "node:async_hooks";
import { type Given, withDefaults } from "../../base/defaults.ts";
import type { Log } from "../../base/log.ts";
import type { Coordinates } from "../../protocol/location.ts";
import { type Format, type Query, search } from "./attempt.ts";
import { exchange } from "./exchange.ts";
import type { UpstreamFetch } from "./straight.ts";
import { Guard, GUARD_LIMITS, type GuardCounters, type GuardLimits } from "./guard.ts";
import type { NearbyResponse, PlacesProvider } from "../provider.ts";

/** Options of every provider over the network. */
export interface NetworkOptions {
  /** Used in place of the global `fetch`. */
  readonly fetch?: UpstreamFetch | undefined;
  /** Told when the upstream fails, works again, or is left alone. */
  readonly log?: Log;
  /** Other limits than those of the provider. */
  readonly limits?: Given<GuardLimits> | undefined;
  /** Milliseconds that never go back, from an arbitrary start. */
  readonly monotonicMs?: () => number;
  /** Uniform in [0, 1): for the waits before retries. */
  readonly random?: () => number;
}

/** Searches through one upstream. */
export class GuardedProvider implements PlacesProvider {
  /** As the format is called. */
  readonly name: string;
  readonly #format: Format;
  readonly #fetch: UpstreamFetch;
  readonly #guard: Guard;

  /**
   * A provider that asks in a format.
   *
   * @param limits Where this kind of upstream needs others than the defaults; `options` go first.
   */
  constructor(
    name: string,
    format: Format,
    options: NetworkOptions,
    limits: Given<GuardLimits> = {},
  ) {
    this.name = name;
    this.#format = format;
    this.#fetch = options.fetch ?? fetch;
    this.#guard = new Guard(
      withDefaults(GUARD_LIMITS, limits, options.limits),
      { name, log: options.log, monotonicMs: options.monotonicMs, random: options.random },
    );
  }

  /** Counts since the start, for metrics. */
  get counters(): GuardCounters {
    return this.#guard.counters;
  }

  /** See {@link PlacesProvider}. A bound of 0 is answered without a call: there is nothing to ask. */
  nearby(
    location: Coordinates,
    radiusMetres: number,
    bound: number,
    signal: AbortSignal,
  ): NearbyResponse | Promise<NearbyResponse> {
    if (bound === 0) return NOTHING_ASKED;
    return this.#ask({ location, radiusMetres, bound }, signal);
  }

  /** Ends what is under way. */
  [Symbol.dispose](): void {
    this.#guard[Symbol.dispose]();
    this.#fetch[Symbol.dispose]?.();
  }

  async #ask(query: Query, signal: AbortSignal): Promise<NearbyResponse> {
    const format = this.#format;
    const { maxAnswerBytes, leastPauseMs } = this.#guard.limits;
    // An attempt whose turn comes with the end of another's call is still traced as this query's.
    const send = AsyncLocalStorage.bind((signal: AbortSignal) => {
      const call = (step: Query) =>
        exchange(this.#fetch, format.request(step), maxAnswerBytes, signal);
      return search(format, query, call, leastPauseMs);
    });
    const response = await this.#guard.ask(format.key(query), send, signal);
    if (response.results.length <= query.bound) return response;
    return { ...response, results: response.results.slice(0, query.bound) };
  }
}

const NOTHING_ASKED: NearbyResponse = {
  html_attributions: [],
  results: [],
  status: "ZERO_RESULTS",
};
