// The system's clock, with a date of the test's own: days pass at once, and timers are real.

import type { Clock } from "../../../src/base/clock.ts";
import { Instant } from "../../../src/base/instant.ts";
import { SystemClock } from "../../../src/server/system.ts";

/** A clock on which time can pass at once, and that can be set. */
export class ShiftedClock implements Clock {
  readonly #system = new SystemClock();
  #passedSeconds = 0;
  /** How far the wall clock is off, in seconds: set it to set the clock. */
  offSeconds = 0;

  /** The present in whole POSIX seconds. */
  get seconds(): number {
    const now = new Instant();
    this.now(now);
    return now.seconds;
  }

  /** Lets so many whole seconds be over. */
  forward(seconds: number): void {
    this.#passedSeconds += seconds;
  }

  now(into: Instant): void {
    this.#system.now(into);
    into.set(into.seconds + this.#passedSeconds + this.offSeconds, into.nanos);
  }

  monotonicMs(): number {
    return this.#system.monotonicMs() + this.#passedSeconds * 1000;
  }

  after(ms: number, callback: () => void): () => void {
    return this.#system.after(ms, callback);
  }
}
