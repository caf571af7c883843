// Lets others have their turn beside connections that never run out of work. A runtime that is always
// busy looks at its sockets now and then only (Deno's: every 61st time round its loop), so whoever has
// sent a line meanwhile would wait for seconds. A moment with nothing to do makes it look.

import { inBackground } from "../../base/background.ts";
import type { Clock } from "../../base/clock.ts";

/** How long busy connections keep others waiting, all of them together, in milliseconds. */
export const MAX_BUSY_MS = 2;

/** The pace of all connections of a server. */
export class Pace {
  readonly #clock: Clock;
  /** When the last pause ended, on the steady clock. */
  #pausedMs: number;
  /** Those who wait for their turn, first come first. */
  readonly #waiting: (() => void)[] = [];
  #isPausing = false;

  /** Nobody has worked yet. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#pausedMs = clock.monotonicMs();
  }

  /**
   * To be asked before each piece of work of a millisecond or so. Gives something to wait for if
   * there has been work for too long; if not, the piece has to be begun at once.
   */
  pause(): Promise<void> | undefined {
    if (!this.#isPausing && !this.#isLate()) return undefined;
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (!this.#isPausing) this.#begin();
    });
  }

  #isLate(): boolean {
    return this.#clock.monotonicMs() - this.#pausedMs >= MAX_BUSY_MS;
  }

  #begin(): void {
    this.#isPausing = true;
    this.#clock.after(0, () => inBackground(this.#end()));
  }

  /** Has those who wait work one after the other, until it gets late again. */
  async #end(): Promise<void> {
    this.#pausedMs = this.#clock.monotonicMs();
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      next();
      // When this goes on, the piece of work is done.
      await undefined;
      if (this.#isLate()) return this.#begin();
    }
    this.#isPausing = false;
  }
}
