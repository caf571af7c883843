// Ids of clients in URLs and in JSON: any bytes but white space, percent-encoded (RFC 3986).

import { encode, isSpace } from "../../base/bytes.ts";
import { MAX_LINE_BYTES } from "../../protocol/lines.ts";

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
  if (/%(?![\dA-Fa-f]{2})/.test(text)) return undefined;
  const raw = encode(text);
  const bytes = new Uint8Array(raw.length);
  let length = 0;
  for (let at = 0; at < raw.length; at++) {
    const isEscape = raw[at] === 0x25;
    const byte = isEscape
      ? parseInt(String.fromCharCode(raw[at + 1]!, raw[at + 2]!), 16)
      : raw[at]!;
    if (isEscape) at += 2;
    if (isSpace(byte)) return undefined;
    bytes[length++] = byte;
  }
  return length === 0 || length > MAX_LINE_BYTES ? undefined : bytes.slice(0, length);
}
