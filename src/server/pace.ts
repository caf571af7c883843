// Lets others have their turn beside connections that never run out of work. A runtime that is always
// busy looks at its sockets now and then only (Deno's: every 61st time round its loop), so whoever has
// sent a line meanwhile would wait for seconds. A moment with nothing to do makes it look.

import type { Clock } from "../protocol/clock.ts";

/** How long busy connections keep others waiting at most, by and large, in milliseconds. */
const MAX_BUSY_MS = 10;

/** The pace of all connections of a server. */
export class Pace {
  readonly #clock: Clock;
  #pausedMs: number;
  #pause: Promise<void> | undefined;

  /** A pace at which nobody has worked yet. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#pausedMs = clock.monotonicMs();
  }

  /**
   * To be asked between two pieces of work, when there is more of it than a line or two. Gives
   * something to wait for when the last pause is too long ago, or if others pause.
   */
  pause(): Promise<void> | undefined {
    if (this.#pause !== undefined) return this.#pause;
    if (this.#clock.monotonicMs() - this.#pausedMs < MAX_BUSY_MS) return undefined;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#clock.after(0, () => {
      this.#pausedMs = this.#clock.monotonicMs();
      this.#pause = undefined;
      resolve();
    });
    return this.#pause = promise;
  }
}
