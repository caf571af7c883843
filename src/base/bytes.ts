// Byte-level helpers that the parsers share. White space is exactly six bytes, never a Unicode
// class: `\s` in JavaScript also splits on U+00A0, whose byte occurs inside UTF-8 letters.

export const NEWLINE = 0x0a;
export const SPACE = 0x20;
export const DOT = 0x2e;
export const PLUS = 0x2b;
export const MINUS = 0x2d;
export const DIGIT_0 = 0x30;

const encoder = new TextEncoder();
// A byte order mark is bytes like any other: left out, two different lines would be one text.
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/** The UTF-8 bytes of a text. */
export function encode(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}

/** Bytes as text; what is not UTF-8 becomes U+FFFD. For people only, never for identity. */
export function decode(bytes: Uint8Array, start = 0, end = bytes.length): string {
  return decoder.decode(bytes.subarray(start, end));
}

// The web's Latin-1 is windows-1252, which makes other characters of 27 bytes from 0x80 on.
const nearLatin1 = new TextDecoder("latin1");
const NOT_LATIN1 = /[^\0-\xff]/;

/** Bytes as text of one character each: U+0000 to U+00FF. */
export function decodeLatin1(bytes: Uint8Array): string {
  const text = nearLatin1.decode(bytes);
  if (!NOT_LATIN1.test(text)) return text;
  return Array.from(bytes, (it) => String.fromCharCode(it)).join("");
}

/** True for white space: tab, newline, vertical tab, form feed, return or space. */
export function isSpace(byte: number): boolean {
  // Most bytes are greater: one comparison tells.
  return byte <= SPACE && (byte === SPACE || (byte >= 0x09 && byte <= 0x0d));
}

/** The offset of the first byte in `[start, end)` that is no white space, or `end`. */
export function afterSpaces(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && isSpace(bytes[at]!)) at++;
  return at;
}

/** The offset of the first white space in `[start, end)`, or `end`. */
export function nextSpace(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && !isSpace(bytes[at]!)) at++;
  return at;
}

/** True for an ASCII digit. */
export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

/** More than this is copied faster by a call. */
const MAX_LOOP_BYTES = 128;

/** Copies `from[start, end)` to `to` at `at`; returns the offset after it. */
export function copyBytes(
  from: Uint8Array,
  start: number,
  end: number,
  to: Uint8Array,
  at: number,
): number {
  // A loop beats `set(subarray())` for the short runs of a line: no object, no call.
  if (end - start > MAX_LOOP_BYTES) {
    to.set(from.subarray(start, end), at);
    return at + end - start;
  }
  for (let i = start; i < end; i++) to[at++] = from[i]!;
  return at;
}

/** Compares two byte runs like `memcmp`: negative, zero or positive; a prefix is smaller. */
export function compareBytes(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): number {
  const length = Math.min(aEnd - aStart, bEnd - bStart);
  for (let i = 0; i < length; i++) {
    const difference = a[aStart + i]! - b[bStart + i]!;
    if (difference !== 0) return difference;
  }
  return (aEnd - aStart) - (bEnd - bStart);
}

/** True if `bytes[start, end)` begins with `word`. */
export function startsWith(
  bytes: Uint8Array,
  start: number,
  end: number,
  word: Uint8Array,
): boolean {
  if (end - start < word.length) return false;
  for (let i = 0; i < word.length; i++) if (bytes[start + i] !== word[i]) return false;
  return true;
}
