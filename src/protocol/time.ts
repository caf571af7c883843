// Times and skews as lines have them, in whole seconds and nanoseconds. Everything here is exact.

import { DIGIT_0, DOT, isDigit, MINUS, PLUS } from "../base/bytes.ts";
import { type Instant, NANOS } from "../base/instant.ts";

const NANO_DIGITS = 9;
const POWERS_OF_TEN = Array.from({ length: NANO_DIGITS }, (_, exponent) => 10 ** exponent);

/** A time may have this many digits before its point: up to the year 33,658. */
export const MAX_TIME_DIGITS = 12;

/** A client's clock that runs ahead gains this much at most over the clocks of servers. */
export const MAX_AHEAD_SECONDS = 5;

/**
 * Passes over POSIX seconds: 1 to 12 digits with an optional fraction, no sign, no exponent, and sets
 * `into`. Digits after the ninth decimal are checked and otherwise ignored. Returns the offset after
 * them, or -1 where there are none.
 */
export function scanTime(bytes: Uint8Array, start: number, end: number, into: Instant): number {
  let at = start;
  let seconds = 0;
  while (at < end && isDigit(bytes[at]!)) seconds = seconds * 10 + bytes[at++]! - DIGIT_0;
  const digits = at - start;
  if (digits === 0 || digits > MAX_TIME_DIGITS) return -1;
  let nanos = 0;
  if (at < end && bytes[at] === DOT) {
    const first = ++at;
    const last = Math.min(end, first + NANO_DIGITS);
    while (at < last && isDigit(bytes[at]!)) nanos = nanos * 10 + bytes[at++]! - DIGIT_0;
    if (at === first) return -1;
    nanos *= POWERS_OF_TEN[NANO_DIGITS - (at - first)]!;
    while (at < end && isDigit(bytes[at]!)) at++;
  }
  into.set(seconds, nanos);
  return at;
}

/** Parses bytes that are a time and nothing else; whether they are one. */
export function parseTime(bytes: Uint8Array, start: number, end: number, into: Instant): boolean {
  return scanTime(bytes, start, end, into) === end;
}

/**
 * Passes over a skew as servers print it: a sign, whole seconds without leading zeros, a point, nine
 * decimals; zero is `+0.000000000` only. One value has one text, so equal updates are equal bytes.
 * `into` gets the signed value: `-0.5` is -1 second and 500,000,000 nanoseconds. Returns the offset
 * after it, or -1 where there is none.
 */
export function scanSkew(bytes: Uint8Array, start: number, end: number, into: Instant): number {
  const sign = bytes[start];
  if (start >= end || (sign !== PLUS && sign !== MINUS)) return -1;
  const first = start + 1;
  let at = first;
  let seconds = 0;
  while (at < end && isDigit(bytes[at]!)) seconds = seconds * 10 + bytes[at++]! - DIGIT_0;
  const digits = at - first;
  if (digits === 0 || digits > MAX_TIME_DIGITS) return -1;
  if (digits > 1 && bytes[first] === DIGIT_0) return -1;
  const last = at + 1 + NANO_DIGITS;
  if (last > end || bytes[at++] !== DOT) return -1;
  let nanos = 0;
  for (; at < last; at++) {
    if (!isDigit(bytes[at]!)) return -1;
    nanos = nanos * 10 + bytes[at]! - DIGIT_0;
  }
  if (sign === PLUS) into.set(seconds, nanos);
  else if (nanos > 0) into.set(-seconds - 1, NANOS - nanos);
  else if (seconds > 0) into.set(-seconds, 0);
  else return -1;
  return at;
}

/** Writes `later - earlier` as a skew, such as `+0.263873386`; returns the offset after it. */
export function writeSkew(
  later: Instant,
  earlier: Instant,
  out: Uint8Array,
  at: number,
): number {
  let seconds = later.seconds - earlier.seconds;
  let nanos = later.nanos - earlier.nanos;
  const negative = seconds < 0 || (seconds === 0 && nanos < 0);
  if (negative) {
    seconds = -seconds;
    nanos = -nanos;
  }
  if (nanos < 0) {
    seconds--;
    nanos += NANOS;
  }
  out[at++] = negative ? MINUS : PLUS;
  let digits = 1;
  for (let bound = 10; seconds >= bound; bound *= 10) digits++;
  for (let i = at + digits - 1; i >= at; i--) {
    const rest = Math.floor(seconds / 10);
    out[i] = DIGIT_0 + seconds - rest * 10;
    seconds = rest;
  }
  at += digits;
  out[at++] = DOT;
  for (let i = at + 8; i >= at; i--) {
    const rest = (nanos / 10) | 0;
    out[i] = DIGIT_0 + nanos - rest * 10;
    nanos = rest;
  }
  return at + 9;
}

/** `into = time + skew`, exactly. */
export function addSkew(time: Instant, skew: Instant, into: Instant): void {
  let seconds = time.seconds + skew.seconds;
  let nanos = time.nanos + skew.nanos;
  if (nanos >= NANOS) {
    seconds++;
    nanos -= NANOS;
  }
  into.set(seconds, nanos);
}
