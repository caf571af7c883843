// Lets others have their turn beside connections that never run out of work. A runtime that is always
// busy looks at its sockets now and then only (Deno's: every 61st time round its loop), so whoever has
// sent a line meanwhile would wait for seconds. A moment with nothing to do makes it look.

import { inBackground } from "../../base/background.ts";
import type { Clock } from "../../base/clock.ts";

/** The time for which busy connections keep others waiting, all of them together, in milliseconds. */
export const MAX_BUSY_MS = 2;

/**
 * The most that counts as work between two questions, in milliseconds. Whoever asks does not know if the
 * server had nothing to do since the last one: a short piece of work after a rest waits for nothing.
 */
const MAX_PIECE_MS = 1;

/** The pace of all connections of a server. */
export class Pace {
  readonly #clock: Clock;
  /** Work since the last pause, and until when on the steady clock it is counted. */
  #busyMs = 0;
  #countedMs: number;
  /** Those who wait for their turn, first come first. */
  readonly #waiting: (() => void)[] = [];
  #isPausing = false;

  /** Nobody has worked yet. */
  constructor(clock: Clock) {
    this.#clock = clock;
    this.#countedMs = clock.monotonicMs();
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
    const nowMs = this.#clock.monotonicMs();
    this.#busyMs += Math.min(nowMs - this.#countedMs, MAX_PIECE_MS);
    this.#countedMs = nowMs;
    return this.#busyMs >= MAX_BUSY_MS;
  }

  #begin(): void {
    this.#isPausing = true;
    this.#clock.after(0, () => inBackground(this.#end()));
  }

  /** Has those who wait work one after the other, until it gets late again. */
  async #end(): Promise<void> {
    this.#busyMs = 0;
    this.#countedMs = this.#clock.monotonicMs();
    for (let next = this.#waiting.shift(); next !== undefined; next = this.#waiting.shift()) {
      next();
      // When this goes on, the piece of work is done.
      await undefined;
      if (this.#isLate()) return this.#begin();
    }
    this.#isPausing = false;
  }
}
