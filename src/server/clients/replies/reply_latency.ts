// How long replies take, from some of the chunks: reading the clock twice for each would cost a
// server of single requests one part in twenty.

import type { Clock } from "../../../base/clock.ts";
import { Histogram } from "../../../base/histogram.ts";

/** One chunk in so many is measured, the first one among them. */
export const CHUNKS_A_SAMPLE = 16;

/** Measures the chunks of all sessions of one server. */
export class ReplyLatency {
  /** Seconds from the arrival of a chunk of lines until its replies were written. */
  readonly histogram: Histogram = new Histogram();
  readonly #clock: Clock;
  #chunks = 0;

  /** Nothing was measured yet. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A chunk has arrived: gives what `end` wants to know, or -1 where this one is not measured. */
  begin(): number {
    return this.#chunks++ % CHUNKS_A_SAMPLE === 0 ? this.#clock.monotonicMs() : -1;
  }

  /** The replies of a chunk that is measured were written. */
  end(begun: number): void {
    this.histogram.observe((this.#clock.monotonicMs() - begun) / 1000);
  }
}
