// Compares a neighbour's clock with ours, and warns when it is far.

import type { Clock } from "../base/clock.ts";
import { Instant, NANOS, secondsBetween } from "../base/instant.ts";
import type { Log } from "../base/log.ts";
import type { Neighbour } from "./neighbour.ts";

/** Over this offset between a neighbour's clock and ours there is a warning, in seconds. */
export const CLOCK_WARNING_SECONDS = 1;

/** The clocks at the ends of one connection. */
export class ClockCheck {
  readonly #environment: { readonly clock: Clock; readonly log: Log };
  readonly #neighbour: Neighbour;
  readonly #now = new Instant();
  #hasWarned = false;

  /** Nothing is known yet. */
  constructor(environment: { readonly clock: Clock; readonly log: Log }, neighbour: Neighbour) {
    this.#environment = environment;
    this.#neighbour = neighbour;
  }

  /** Notes what the neighbour's clock says now. */
  compare(theirs: Instant): void {
    const { clock, log } = this.#environment;
    const neighbour = this.#neighbour;
    clock.now(this.#now);
    const offset = neighbour.clockOffsetSeconds = secondsBetween(theirs, this.#now);
    neighbour.clockAgainstSteady = theirs.seconds + theirs.nanos / NANOS -
      clock.monotonicMs() / 1000;
    if (Math.abs(offset) <= CLOCK_WARNING_SECONDS) this.#hasWarned = false;
    else if (!this.#hasWarned) {
      this.#hasWarned = true;
      log.warn("link.clock", { neighbour: neighbour.name, offsetSeconds: offset });
    }
  }
}
