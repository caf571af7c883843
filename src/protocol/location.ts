// A location on earth, as ISO 6709 decimal degrees with both signs: `+34.068930-118.445127`.
// The text of a location is kept and compared as bytes; only places need its numbers.

import { DIGIT_0, DOT, encode, isDigit, MINUS, PLUS } from "../base/bytes.ts";

/** The greatest degrees of a location. */
export const MAX_LATITUDE = 90;
export const MAX_LONGITUDE = 180;

/** A point on earth in decimal degrees: latitude -90 to 90, longitude -180 to 180. */
export interface Coordinates {
  readonly latitude: number;
  readonly longitude: number;
}

/**
 * Passes over a location: both parts signed, |latitude| <= 90, |longitude| <= 180. Returns the offset
 * after it, or -1 where there is none.
 */
export function scanLocation(bytes: Uint8Array, start: number, end: number): number {
  const middle = scanDegrees(bytes, start, end, MAX_LATITUDE);
  return middle < 0 ? -1 : scanDegrees(bytes, middle, end, MAX_LONGITUDE);
}

/** The coordinates of a location's bytes. */
export function parseLocation(bytes: Uint8Array, start: number, end: number): Coordinates {
  let middle = start + 1;
  while (bytes[middle] !== PLUS && bytes[middle] !== MINUS) middle++;
  return {
    latitude: parseDegrees(bytes, start, middle),
    longitude: parseDegrees(bytes, middle, end),
  };
}

/** A location as lines have it, to a tenth of a millimetre: both signs, and no exponent. */
export function printLocation({ latitude, longitude }: Coordinates): Uint8Array<ArrayBuffer> {
  return encode(signed(latitude) + signed(longitude));
}

function signed(degrees: number): string {
  const digits = Math.abs(degrees).toFixed(9).replace(/\.?0+$/, "");
  return `${degrees < 0 ? "-" : "+"}${digits}`;
}

/** Signs, point and digits that a double holds as a whole number, however they are. */
const MAX_EXACT_LENGTH = 17;
const POWERS_OF_TEN = Array.from({ length: MAX_EXACT_LENGTH }, (_, exponent) => 10 ** exponent);

/** The value as `Number` reads it. A string is made only for one with very many digits. */
function parseDegrees(bytes: Uint8Array, start: number, end: number): number {
  if (end - start > MAX_EXACT_LENGTH) {
    return Number(String.fromCharCode(...bytes.subarray(start, end)));
  }
  let digits = 0;
  let decimals = 0;
  for (let at = start + 1; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === DOT) decimals = end - at - 1;
    else digits = digits * 10 + byte - DIGIT_0;
  }
  // Both are exact, so this rounds once, as it should.
  const degrees = digits / POWERS_OF_TEN[decimals]!;
  return bytes[start] === MINUS ? -degrees : degrees;
}

/**
 * Passes over a sign, digits, and an optional fraction of at most `limit` degrees.
 * Returns the offset after it, or -1. Exact: 90.000...01 is over 90 however many zeros it has.
 */
function scanDegrees(bytes: Uint8Array, start: number, end: number, limit: number): number {
  if (start >= end) return -1;
  const sign = bytes[start]!;
  if (sign !== PLUS && sign !== MINUS) return -1;
  let at = start + 1;
  let whole = 0;
  while (at < end && isDigit(bytes[at]!)) {
    whole = whole * 10 + bytes[at]! - DIGIT_0;
    if (whole > limit) return -1;
    at++;
  }
  if (at === start + 1) return -1;
  if (at < end && bytes[at] === DOT) {
    const first = ++at;
    while (at < end && isDigit(bytes[at]!)) {
      if (whole === limit && bytes[at] !== DIGIT_0) return -1;
      at++;
    }
    if (at === first) return -1;
  }
  return at;
}
