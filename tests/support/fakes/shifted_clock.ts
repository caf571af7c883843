// The system's clock, with a date of the test's own: days pass at once, and timers are real.

import type { Clock } from "../../../src/base/clock.ts";
import { Instant } from "../../../src/base/instant.ts";
import { SystemClock } from "../../../src/server/system.ts";

/** A clock that can be set forward. */
export class ShiftedClock implements Clock {
  readonly #system = new SystemClock();
  #seconds = 0;

  /** The present in whole POSIX seconds. */
  get seconds(): number {
    const now = new Instant();
    this.now(now);
    return now.seconds;
  }

  /** Lets so many whole seconds be over. */
  forward(seconds: number): void {
    this.#seconds += seconds;
  }

  now(into: Instant): void {
    this.#system.now(into);
    into.set(into.seconds + this.#seconds, into.nanos);
  }

  monotonicMs(): number {
    return this.#system.monotonicMs();
  }

  after(ms: number, callback: () => void): () => void {
    return this.#system.after(ms, callback);
  }
}
