// Ids of clients in URLs, JSON and tokens: any bytes but white space, percent-encoded (RFC 3986).

import { encode, isSpace } from "../base/bytes.ts";
import { MAX_LINE_BYTES } from "./lines.ts";

const HEX = "0123456789ABCDEF";

/** Letters, digits and `-._~`: what needs no encoding anywhere. */
const UNRESERVED = /[A-Za-z0-9._~-]/;
const isUnreserved = Array.from(
  { length: 256 },
  (_, byte) => byte < 128 && UNRESERVED.test(String.fromCharCode(byte)),
);

/**
 * The bytes of an id as text of ASCII: unreserved characters as they are, all else as `%XX`.
 *
 * @example
 * ```ts
 * encodeClientId(new Uint8Array([0x61, 0x2f, 0xff])); // "a%2F%FF"
 * ```
 */
export function encodeClientId(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let text = "";
  for (let at = start; at < end; at++) {
    const byte = bytes[at]!;
    text += isUnreserved[byte] ? String.fromCharCode(byte) : `%${HEX[byte >>> 4]}${HEX[byte & 15]}`;
  }
  return text;
}

/**
 * The bytes of an id. Characters outside ASCII stand for their UTF-8 bytes. Undefined if it is not
 * an id: a `%` without two hexadecimal digits, white space, nothing at all, or too long for a line.
 */
export function decodeClientId(text: string): Uint8Array<ArrayBuffer> | undefined {
  const bytes = new Uint8Array(text.length);
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    let byte = text.charCodeAt(at);
    if (byte > 0x7f) return decodeClientId(text.replaceAll(BEYOND_ASCII, escaped));
    if (byte === PERCENT) {
      byte = hexDigit(text.charCodeAt(++at)) << 4 | hexDigit(text.charCodeAt(++at));
      if (byte < 0) return undefined;
    }
    if (isSpace(byte)) return undefined;
    bytes[length++] = byte;
  }
  if (length === 0 || length > MAX_LINE_BYTES) return undefined;
  return length === bytes.length ? bytes : bytes.slice(0, length);
}

const PERCENT = 0x25;
const BEYOND_ASCII = /[^\0-\x7f]+/g;

function escaped(text: string): string {
  return encodeClientId(encode(text));
}

/** The value of a hexadecimal digit; -1 if it is none. */
function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const letter = code | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}
