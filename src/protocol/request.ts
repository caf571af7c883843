// Parses one request line of a client in place: no string and no object a line. The grammar is in
// README.md; tests/support/reference.ts is the plain version that this must agree with.

import { DIGIT_0, DOT, encode, equalsWord, isDigit, isSpace } from "./bytes.ts";
import { Instant, parseTime } from "./instant.ts";
import { isLocation } from "./location.ts";

/** The largest radius that WHATSAT may ask for, in kilometres. */
export const MAX_RADIUS_KM = 50;

/** The largest number of places that WHATSAT may ask for. */
export const MAX_PLACES = 20;

const IAMAT = encode("IAMAT");
const WHATSAT = encode("WHATSAT");
const FIELDS = 4;

/** What a request line is. */
export type RequestKind = "iamat" | "whatsat" | "invalid";

/** A parsed request: offsets into the bytes it was parsed from. Reused from line to line. */
export class Request {
  kind: RequestKind = "invalid";
  clientStart = 0;
  clientEnd = 0;
  /** Of IAMAT: the location's and the time's bytes, and the time's value. */
  locationStart = 0;
  locationEnd = 0;
  timeStart = 0;
  timeEnd = 0;
  readonly time: Instant = new Instant();
  /** Of WHATSAT: 0 to 50,000 metres, and 0 to 20 places. */
  radiusMetres = 0;
  bound = 0;
}

/** Parses the line `bytes[start, end)` (without its newline) into `into`; never throws. */
export function parseRequest(bytes: Uint8Array, start: number, end: number, into: Request): void {
  into.kind = "invalid";
  let at = start;
  let count = 0;
  let wordStart = 0, wordEnd = 0, clientStart = 0, clientEnd = 0;
  let thirdStart = 0, thirdEnd = 0, fourthStart = 0, fourthEnd = 0;
  for (;;) {
    while (at < end && isSpace(bytes[at]!)) at++;
    if (at === end) break;
    const fieldStart = at;
    while (at < end && !isSpace(bytes[at]!)) at++;
    if (count === 0) {
      wordStart = fieldStart;
      wordEnd = at;
    } else if (count === 1) {
      clientStart = fieldStart;
      clientEnd = at;
    } else if (count === 2) {
      thirdStart = fieldStart;
      thirdEnd = at;
    } else if (count === 3) {
      fourthStart = fieldStart;
      fourthEnd = at;
    } else return;
    count++;
  }
  if (count !== FIELDS) return;
  into.clientStart = clientStart;
  into.clientEnd = clientEnd;
  if (equalsWord(bytes, wordStart, wordEnd, IAMAT)) {
    if (!isLocation(bytes, thirdStart, thirdEnd)) return;
    if (!parseTime(bytes, fourthStart, fourthEnd, into.time)) return;
    into.locationStart = thirdStart;
    into.locationEnd = thirdEnd;
    into.timeStart = fourthStart;
    into.timeEnd = fourthEnd;
    into.kind = "iamat";
  } else if (equalsWord(bytes, wordStart, wordEnd, WHATSAT)) {
    const radius = parseRadius(bytes, thirdStart, thirdEnd);
    const bound = parseBound(bytes, fourthStart, fourthEnd);
    if (radius < 0 || bound < 0) return;
    into.radiusMetres = radius;
    into.bound = bound;
    into.kind = "whatsat";
  }
}

/** Kilometres, digits with an optional fraction, to metres; -1 when out of form or range. */
function parseRadius(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  let whole = 0;
  while (at < end && isDigit(bytes[at]!)) {
    whole = whole * 10 + bytes[at++]! - DIGIT_0;
    if (whole > MAX_RADIUS_KM) return -1;
  }
  if (at === start) return -1;
  let metres = whole * 1000;
  if (at < end) {
    if (bytes[at++] !== DOT || at === end) return -1;
    let scale = 100;
    while (at < end) {
      const digit = bytes[at++]! - DIGIT_0;
      if (digit < 0 || digit > 9 || (whole === MAX_RADIUS_KM && digit > 0)) return -1;
      metres += digit * scale;
      scale /= 10;
    }
  }
  return metres;
}

/** A whole number of places; -1 when out of form or range. */
function parseBound(bytes: Uint8Array, start: number, end: number): number {
  let bound = 0;
  for (let at = start; at < end; at++) {
    if (!isDigit(bytes[at]!)) return -1;
    bound = bound * 10 + bytes[at]! - DIGIT_0;
    if (bound > MAX_PLACES) return -1;
  }
  return bound;
}
