// Instants, and the differences between them, in whole seconds and nanoseconds: nanoseconds since
// 1970 do not fit in a double. Everything here is exact.

/** Nanoseconds in a second. */
export const NANOS = 1_000_000_000;

/**
 * POSIX time as whole seconds (may be negative) and nanoseconds (0 to 999,999,999) after them.
 * Mutable and reused: the hot path makes no object a line.
 */
export class Instant {
  seconds = 0;
  nanos = 0;

  /** Copies another instant's value. */
  set(seconds: number, nanos: number): void {
    this.seconds = seconds;
    this.nanos = nanos;
  }

  /** Seconds as `1520023934.918963997`, always with nine decimals; for instants from 1970 on. */
  toString(): string {
    return `${this.seconds}.${String(this.nanos).padStart(9, "0")}`;
  }
}

/** Negative, zero or positive as `a` is before, at or after `b`. */
export function compareInstants(a: Instant, b: Instant): number {
  return a.seconds - b.seconds || a.nanos - b.nanos;
}

/** `a - b` in seconds, as a double: for metrics and warnings, not for ordering. */
export function secondsBetween(a: Instant, b: Instant): number {
  return a.seconds - b.seconds + (a.nanos - b.nanos) / NANOS;
}

/** Makes an instant one nanosecond later. */
export function addNanosecond(instant: Instant): void {
  if (instant.nanos < NANOS - 1) instant.nanos++;
  else instant.set(instant.seconds + 1, 0);
}
