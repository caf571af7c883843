// Counts latencies for the generators in TypeScript, in buckets of at most 1/128 of their value each.

import type { Histogram } from "../figures/latency.ts";

const SUB_BUCKETS = 128;

/** Counts times. */
export class LatencyCounter {
  readonly #counts = new Map<number, number>();
  #max = 0;

  /** Counts one time in milliseconds. */
  record(ms: number): void {
    const nanos = Math.max(1, Math.round(ms * 1e6));
    const step = 2 ** Math.max(0, Math.floor(Math.log2(nanos / SUB_BUCKETS)));
    const end = (Math.floor(nanos / step) + 1) * step - 1;
    this.#counts.set(end, (this.#counts.get(end) ?? 0) + 1);
    if (nanos > this.#max) this.#max = nanos;
  }

  /** Forgets all. */
  clear(): void {
    this.#counts.clear();
    this.#max = 0;
  }

  /** What was counted. */
  get histogram(): Histogram {
    return { max: this.#max, buckets: [...this.#counts].sort(([a], [b]) => a - b) };
  }
}
