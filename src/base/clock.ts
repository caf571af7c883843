// Time as the layers see it: passed in, so that a simulation can put a virtual clock in its place.

import { Instant, NANOS } from "./instant.ts";

/** POSIX seconds of the wall clock as a double, to a microsecond: for comparing clocks. */
export function wallSeconds(clock: Clock): number {
  clock.now(present);
  return present.seconds + present.nanos / NANOS;
}

/** Wall clock, steady clock and timers. */
export interface Clock {
  /** Sets `into` to the present POSIX time, as fine as the machine tells it. */
  now(into: Instant): void;
  /** Milliseconds that never go back, from an arbitrary start. */
  monotonicMs(): number;
  /** Calls `callback` once after `ms` milliseconds, unless the returned function is called. */
  after(ms: number, callback: () => void): () => void;
}

// Read to the end before the next, so all share it.
const present = new Instant();
