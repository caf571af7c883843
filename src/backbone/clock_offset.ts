// How far the stream's clock is from ours. A message says when the stream took it: not after it was
// read here, and not before it was published, if it was published here. Delays widen what is possible
// between these two, and are never taken for an offset.

import type { Clock } from "../base/clock.ts";
import { Instant } from "../base/instant.ts";
import type { Log } from "../base/log.ts";

/** Over this offset there is a warning, in seconds. */
const WARNING_SECONDS = 1;

/** The offset is judged by the messages of this many seconds. */
const WINDOW_SECONDS = 5;

/** Compares the time at which the stream took a message with those of its sending and arrival. */
export class ClockOffset {
  /** Its clock minus ours: the least that explains what was seen; 0 until that is known. */
  seconds = 0;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #now = new Instant();
  #least = -Infinity;
  #most = Infinity;
  #windowEndSeconds = 0;
  #isWarned = false;

  constructor(clock: Clock, log: Log) {
    this.#clock = clock;
    this.#log = log;
  }

  /** The present time, in POSIX seconds: for what is sent now. */
  now(): number {
    this.#clock.now(this.#now);
    return this.#now.seconds + this.#now.nanos / 1e9;
  }

  /** A message arrived just now; `sentSeconds` is when it was sent, if it was sent here. */
  look(takenSeconds: number, sentSeconds?: number): void {
    const nowSeconds = this.now();
    this.#least = Math.max(this.#least, takenSeconds - nowSeconds);
    if (sentSeconds !== undefined) this.#most = Math.min(this.#most, takenSeconds - sentSeconds);
    if (nowSeconds < this.#windowEndSeconds) return;
    // A clock that was set meanwhile leaves nothing that is possible: then the next window tells.
    if (this.#windowEndSeconds !== 0 && this.#least <= this.#most) {
      this.#set(Math.max(this.#least, Math.min(0, this.#most)));
    }
    this.#windowEndSeconds = nowSeconds + WINDOW_SECONDS;
    this.#least = -Infinity;
    this.#most = Infinity;
  }

  #set(seconds: number): void {
    this.seconds = seconds;
    const isWide = Math.abs(seconds) > WARNING_SECONDS;
    if (isWide && !this.#isWarned) this.#log.warn("backbone.clock", { offsetSeconds: seconds });
    this.#isWarned = isWide;
  }
}
