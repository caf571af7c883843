// How many HTTP requests were answered, and how fast, by route.

import { Histogram } from "../../base/histogram.ts";

/** Methods by name; a client may send any word, and must not make us keep them all. */
const METHODS = ["GET", "HEAD", "PUT", "DELETE", "POST", "PATCH", "OPTIONS"];

/** Requests of one kind that ended alike. */
export interface HttpCount {
  /** `other` for one that no path here has. */
  readonly method: string;
  /** The route as the API's description has it, such as `/v1/clients/{id}`. */
  readonly route: string;
  readonly status: number;
  count: number;
}

/** Counts of one HTTP port. */
export class HttpCounts {
  /** Seconds until the head of a response was known. */
  readonly latency: Histogram = new Histogram();
  /** Open WebSockets that speak the line protocol. */
  lineSockets = 0;
  /** Open WebSockets that watch live. */
  liveSockets = 0;
  readonly #counts = new Map<string, HttpCount>();

  /** Counts a request that was answered. */
  add(word: string, route: string, status: number, seconds: number): void {
    const method = METHODS.includes(word) ? word : "other";
    const key = `${method} ${route} ${status}`;
    const count = this.#counts.get(key);
    if (count === undefined) this.#counts.set(key, { method, route, status, count: 1 });
    else count.count++;
    this.latency.observe(seconds);
  }

  /** All kinds so far. */
  all(): Iterable<HttpCount> {
    return this.#counts.values();
  }
}
