// How far the message system's clock is from ours, as far as the delay of messages lets us see.

import type { Clock } from "../base/clock.ts";
import { Instant } from "../base/instant.ts";
import type { Log } from "../base/log.ts";

/** Over this offset there is a warning, in seconds. */
const WARNING_SECONDS = 1;

/** The offset is that of the least delayed message of so many seconds. */
const WINDOW_SECONDS = 5;

/** Compares the time at which the stream took a message with that of its arrival. */
export class ClockOffset {
  /** Its clock minus ours; 0 until it is known. */
  seconds = 0;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #now = new Instant();
  #best = -Infinity;
  #windowEndSeconds = 0;
  #isWarned = false;

  /** Knows nothing. */
  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** Looks at a message that arrived just now, and did not wait to be asked for. */
  look(takenSeconds: number): void {
    this.#clock.now(this.#now);
    const nowSeconds = this.#now.seconds + this.#now.nanos / 1e9;
    this.#best = Math.max(this.#best, takenSeconds - nowSeconds);
    if (nowSeconds < this.#windowEndSeconds) return;
    if (this.#windowEndSeconds !== 0) this.#set(this.#best);
    this.#windowEndSeconds = nowSeconds + WINDOW_SECONDS;
    this.#best = -Infinity;
  }

  #set(seconds: number): void {
    this.seconds = seconds;
    const isWide = Math.abs(seconds) > WARNING_SECONDS;
    if (isWide && !this.#isWarned) this.#log.warn("backbone.clock", { offsetSeconds: seconds });
    this.#isWarned = isWide;
  }
}
