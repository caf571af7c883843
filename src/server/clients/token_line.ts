// The line with which a client shows its token, where the server asks for one: `TOKEN <token>`.

import { afterSpaces, decode, encode, startsWith } from "../../base/bytes.ts";
import type { Grant } from "../tokens/grant.ts";

const TOKEN = encode("TOKEN ");

/** In place of a line with a token in the log. */
export const HIDDEN_LINE: Uint8Array = encode("TOKEN (not shown)");

/** The token of the line `bytes[start, end)`; undefined if it is another line. */
export function tokenOfLine(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (!isTokenLine(bytes, start, end)) return undefined;
  return decode(bytes, start, end).trim().slice(TOKEN.length).trim();
}

/** True for a line that shows a token, and so does not go into a log. */
export function isTokenLine(bytes: Uint8Array, start: number, end: number): boolean {
  return startsWith(bytes, afterSpaces(bytes, start, end), end, TOKEN);
}

/** The reply to a good token: what it allows, and the POSIX second in which that ends. */
export function tokenReply({ subject, scopes, expires }: Grant): Uint8Array {
  return encode(`TOKEN ${subject} ${[...scopes].join(",")} ${expires}\n`);
}
