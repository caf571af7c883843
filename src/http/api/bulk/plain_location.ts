// A location in the form in which programs print it, written as the IAMAT line that says the same without
// making a string or an object: `{"id":"kiwi","lat":34.06893,"lon":-118.445127,"time":"1520023934.9"}`.

import { copyBytes, encode, isDigit } from "../../../base/bytes.ts";

const IAMAT = encode("IAMAT ");
const KEYS = ["id", "lat", "lon", "time"].map((it) => encode(`"${it}"`));

/** Digits of which a double, and so JSON, keeps all. */
const MAX_DIGITS = 15;

/** Decimals that a location has at most where it is printed. */
const MAX_DECIMALS = 9;

const SPACE = 0x20;
const QUOTE = 0x22;
const PERCENT = 0x25;
const PLUS = 0x2b;
const COMMA = 0x2c;
const MINUS = 0x2d;
const DOT = 0x2e;
const ZERO = 0x30;
const COLON = 0x3a;
const BACKSLASH = 0x5c;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const DELETE = 0x7f;

/** An IAMAT line; reused from location to location. */
export interface PlainLine {
  readonly bytes: Uint8Array;
  /** Its end, without a newline. */
  end: number;
  /** The bounds of its client. */
  clientStart: number;
  clientEnd: number;
}

/**
 * Writes the location in `bytes[start, end)` as a line; false if it has another form, and may be good all
 * the same. The ranges of values are for whoever parses the line. `line` has room for twice as much.
 */
export function writePlain(
  bytes: Uint8Array,
  start: number,
  end: number,
  line: PlainLine,
): boolean {
  const out = line.bytes;
  let to = copyBytes(IAMAT, 0, IAMAT.length, out, 0);
  let at = afterByte(bytes, start, end, OPEN_BRACE);
  line.clientStart = to;
  for (let key = 0; key < KEYS.length; key++) {
    if (key > 0) at = afterByte(bytes, at, end, COMMA);
    if (at < 0) return false;
    at = afterKey(bytes, at, end, KEYS[key]!);
    if (at < 0) return false;
    const valueEnd = key === 0
      ? idEnd(bytes, at, end)
      : key === 3
      ? timeEnd(bytes, at, end)
      : degreesEnd(bytes, at, end);
    if (valueEnd < 0) return false;
    if (key === 1 || key === 3) out[to++] = SPACE;
    if (bytes[at] === QUOTE) to = copyBytes(bytes, at + 1, valueEnd - 1, out, to);
    else {
      if (bytes[at] !== MINUS && key < 3) out[to++] = PLUS;
      to = copyBytes(bytes, at, valueEnd, out, to);
    }
    if (key === 0) line.clientEnd = to;
    at = valueEnd;
  }
  line.end = to;
  return afterSpaces(bytes, afterByte(bytes, at, end, CLOSE_BRACE), end) === end;
}

/** Behind white space and this byte; -1 if it is not there. */
function afterByte(bytes: Uint8Array, start: number, end: number, byte: number): number {
  const at = afterSpaces(bytes, start, end);
  return at >= 0 && at < end && bytes[at] === byte ? at + 1 : -1;
}

function afterSpaces(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at >= 0 && at < end && (bytes[at] === SPACE || bytes[at] === 0x0d || bytes[at] === 0x09)) {
    at++;
  }
  return at;
}

/** The offset at which the value of a key begins; -1 if another key is there. */
function afterKey(bytes: Uint8Array, start: number, end: number, key: Uint8Array): number {
  let at = afterSpaces(bytes, start, end);
  if (end - at < key.length) return -1;
  for (let i = 0; i < key.length; i++) if (bytes[at++] !== key[i]) return -1;
  const value = afterByte(bytes, at, end, COLON);
  return value < 0 ? -1 : afterSpaces(bytes, value, end);
}

/** Behind the text of an id: of ASCII, with nothing in it that stands for something else. */
function idEnd(bytes: Uint8Array, start: number, end: number): number {
  if (bytes[start] !== QUOTE) return -1;
  for (let at = start + 1; at < end; at++) {
    const byte = bytes[at]!;
    if (byte === QUOTE) return at > start + 1 ? at + 1 : -1;
    if (byte <= SPACE || byte >= DELETE || byte === BACKSLASH || byte === PERCENT) return -1;
  }
  return -1;
}

/** Behind a number that is printed as it is here. */
function degreesEnd(bytes: Uint8Array, start: number, end: number): number {
  const first = bytes[start] === MINUS ? start + 1 : start;
  const dot = digitsEnd(bytes, first, end);
  if (dot === first || (bytes[first] === ZERO && dot > first + 1)) return -1;
  if (bytes[dot] !== DOT) return dot - first <= MAX_DIGITS && bytes[first] !== ZERO ? dot : -1;
  const last = digitsEnd(bytes, dot + 1, end);
  const decimals = last - dot - 1;
  const isKept = decimals > 0 && decimals <= MAX_DECIMALS && last - first - 1 <= MAX_DIGITS;
  return isKept && bytes[last - 1] !== ZERO ? last : -1;
}

/** Behind POSIX seconds, as a text or a whole number. */
function timeEnd(bytes: Uint8Array, start: number, end: number): number {
  if (bytes[start] !== QUOTE) {
    const last = digitsEnd(bytes, start, end);
    const isOne = last > start && last - start <= MAX_DIGITS;
    return isOne && (bytes[start] !== ZERO || last === start + 1) && !isMore(bytes[last])
      ? last
      : -1;
  }
  let at = digitsEnd(bytes, start + 1, end);
  if (at === start + 1) return -1;
  if (bytes[at] === DOT) at = digitsEnd(bytes, at + 1, end);
  return bytes[at] === QUOTE && bytes[at - 1] !== DOT && at < end ? at + 1 : -1;
}

/** True for what makes another number of whole digits. */
function isMore(byte: number | undefined): boolean {
  return byte === DOT || byte === 0x65 || byte === 0x45;
}

function digitsEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && isDigit(bytes[at]!)) at++;
  return at;
}
