// Parses one request line of a client in place: no string and no object a line. The grammar is in
// README.md; tests/support/reference/reference.ts is the plain version that this must agree with.

import {
  afterSpaces,
  DIGIT_0,
  DOT,
  encode,
  isDigit,
  nextSpace,
  startsWith,
} from "../base/bytes.ts";
import { Instant } from "../base/instant.ts";
import { scanTime } from "./time.ts";
import { scanLocation } from "./location.ts";

/** The largest radius that WHATSAT may ask for, in kilometres. */
export const MAX_RADIUS_KM = 50;

/** The largest number of places that WHATSAT may ask for. */
export const MAX_PLACES = 20;

const IAMAT = encode("IAMAT");
const WHATSAT = encode("WHATSAT");

/** Kinds of request lines. */
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
  const at = afterSpaces(bytes, start, end);
  into.kind = "invalid";
  if (startsWith(bytes, at, end, IAMAT)) {
    if (parseIamat(bytes, at + IAMAT.length, end, into)) into.kind = "iamat";
  } else if (startsWith(bytes, at, end, WHATSAT)) {
    if (parseWhatsat(bytes, at + WHATSAT.length, end, into)) into.kind = "whatsat";
  }
}

/** ` <client> <location> <time>`, each byte looked at once. */
function parseIamat(bytes: Uint8Array, start: number, end: number, into: Request): boolean {
  const locationStart = scanClient(bytes, start, end, into);
  if (locationStart < 0) return false;
  const locationEnd = scanLocation(bytes, locationStart, end);
  if (locationEnd < 0) return false;
  const timeStart = afterSpaces(bytes, locationEnd, end);
  if (timeStart === locationEnd) return false;
  const timeEnd = scanTime(bytes, timeStart, end, into.time);
  if (timeEnd < 0 || afterSpaces(bytes, timeEnd, end) !== end) return false;
  into.locationStart = locationStart;
  into.locationEnd = locationEnd;
  into.timeStart = timeStart;
  into.timeEnd = timeEnd;
  return true;
}

/** ` <client> <radius> <bound>`. */
function parseWhatsat(bytes: Uint8Array, start: number, end: number, into: Request): boolean {
  const radiusStart = scanClient(bytes, start, end, into);
  if (radiusStart < 0) return false;
  const radiusEnd = nextSpace(bytes, radiusStart, end);
  const boundStart = afterSpaces(bytes, radiusEnd, end);
  const boundEnd = nextSpace(bytes, boundStart, end);
  if (boundStart === boundEnd || afterSpaces(bytes, boundEnd, end) !== end) return false;
  into.radiusMetres = parseRadius(bytes, radiusStart, radiusEnd);
  into.bound = parseBound(bytes, boundStart, boundEnd);
  return into.radiusMetres >= 0 && into.bound >= 0;
}

/** Passes over white space, the client, and white space; -1 where one of them is missing. */
function scanClient(bytes: Uint8Array, start: number, end: number, into: Request): number {
  const clientStart = afterSpaces(bytes, start, end);
  const clientEnd = nextSpace(bytes, clientStart, end);
  const after = afterSpaces(bytes, clientEnd, end);
  if (clientStart === start || clientStart === clientEnd || after === clientEnd) return -1;
  into.clientStart = clientStart;
  into.clientEnd = clientEnd;
  return after;
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
