// The lines of a link other than AT, as texts: how they are made, and what they must look like.
//
//   follower -> FOLLOW/1 <herd> <follower> <leader> <follower incarnation> <nonce>
//   leader   -> LEAD/1 <leader> <leader incarnation> <feed id> <clock> <nonce> <mac>
//   follower -> AUTH <feed id it knows, or -> <position it holds> <clock> <mac>
//   leader   -> POS <position> <clock> <mac>
//   follower -> ACK <position>
//
// Parsing gives undefined for a line out of form and never throws.

import { decode, encode } from "../base/bytes.ts";
import { Instant } from "../base/instant.ts";
import { parseTime } from "../protocol/time.ts";
import type { FeedPosition } from "../store/feed.ts";

/** The first field of a link's first line. */
export const FOLLOW = "FOLLOW/1";

/** What `POS` adds to a batch at most: word, position, clock, MAC, spaces and newline. */
export const MAX_POS_BYTES = 128;

/** An incarnation, feed id or nonce: 128 random bits as hexadecimal digits. */
const TOKEN = /^[0-9a-f]{32}$/;
const POSITION = /^(0|[1-9]\d{0,14})$/;
const MAC = /^([0-9a-f]{64}|-)$/;

/** A follower's first line. */
export interface Follow {
  readonly herd: string;
  readonly follower: string;
  readonly leader: string;
  readonly incarnation: string;
  readonly nonce: string;
}

/** The line, without newline. */
export function formatFollow(it: Follow): string {
  return `${FOLLOW} ${it.herd} ${it.follower} ${it.leader} ${it.incarnation} ${it.nonce}`;
}

/** Parses `FOLLOW/1 ...`. */
export function parseFollow(line: string): Follow | undefined {
  const [word, herd, follower, leader, incarnation, nonce, ...rest] = line.split(" ");
  if (word !== FOLLOW || rest.length > 0 || !herd || !follower || !leader) return;
  if (!isToken(incarnation) || !isToken(nonce)) return;
  return { herd, follower, leader, incarnation, nonce };
}

/** A leader's answer. */
export interface Lead {
  readonly leader: string;
  readonly incarnation: string;
  readonly feedId: string;
  readonly clock: Instant;
  readonly nonce: string;
}

/** The line up to and with the space before its MAC. */
export function formatLead(it: Lead): string {
  return `LEAD/1 ${it.leader} ${it.incarnation} ${it.feedId} ${it.clock} ${it.nonce} `;
}

/** Parses `LEAD/1 ...`. */
export function parseLead(line: string): Signed<Lead> | undefined {
  const [word, leader, incarnation, feedId, clockText, nonce, mac, ...rest] = line.split(" ");
  const clock = parseClock(clockText);
  if (word !== "LEAD/1" || rest.length > 0 || !leader || !clock || !isMac(mac)) return;
  if (!isToken(incarnation) || !isToken(feedId) || !isToken(nonce)) return;
  return { leader, incarnation, feedId, clock, nonce, mac, signed: unsigned(line, mac) };
}

/** A follower's proof, and where it wants to go on. */
export interface Auth {
  readonly held: FeedPosition | undefined;
  readonly clock: Instant;
}

/** The line up to and with the space before its MAC. */
export function formatAuth({ held, clock }: Auth): string {
  return `AUTH ${held?.feedId ?? "-"} ${held?.position ?? 0} ${clock} `;
}

/** Parses `AUTH ...`. */
export function parseAuth(line: string): Signed<Auth> | undefined {
  const [word, feedId, positionText, clockText, mac, ...rest] = line.split(" ");
  const position = parsePosition(positionText);
  const clock = parseClock(clockText);
  if (word !== "AUTH" || rest.length > 0 || position === undefined || !clock || !isMac(mac)) return;
  if (feedId !== "-" && !isToken(feedId)) return;
  const held = feedId === "-" ? undefined : { feedId, position };
  return { held, clock, mac, signed: unsigned(line, mac) };
}

/** How far a leader's cursor is, and its clock. */
export interface Pos {
  readonly position: number;
  readonly clock: Instant;
}

/** The line up to and with the space before its MAC. */
export function formatPos({ position, clock }: Pos): string {
  return `POS ${position} ${clock} `;
}

/** Parses `POS ...`. */
export function parsePos(line: string): Signed<Pos> | undefined {
  const [word, positionText, clockText, mac, ...rest] = line.split(" ");
  const position = parsePosition(positionText);
  const clock = parseClock(clockText);
  if (word !== "POS" || rest.length > 0 || position === undefined || !clock || !isMac(mac)) return;
  return { position, clock, mac, signed: unsigned(line, mac) };
}

/** Parses `ACK <position>` to the position. */
export function parseAck(line: string): number | undefined {
  const [word, positionText, ...rest] = line.split(" ");
  return word === "ACK" && rest.length === 0 ? parsePosition(positionText) : undefined;
}

/** A parsed line with its MAC, and `signed`: the bytes of the line that the MAC covers. */
export type Signed<T> = T & { readonly mac: string; readonly signed: string };

function unsigned(line: string, mac: string): string {
  return line.slice(0, line.length - mac.length);
}

function isToken(text: string | undefined): text is string {
  return text !== undefined && TOKEN.test(text);
}

function isMac(text: string | undefined): text is string {
  return text !== undefined && MAC.test(text);
}

function parsePosition(text: string | undefined): number | undefined {
  return text !== undefined && POSITION.test(text) ? Number(text) : undefined;
}

function parseClock(text: string | undefined): Instant | undefined {
  const bytes = encode(text ?? "");
  const instant = new Instant();
  // Only the very text that `toString` gives: MACs are over texts.
  return parseTime(bytes, 0, bytes.length, instant) && instant.toString() === text
    ? instant
    : undefined;
}

/** The text of a line that is not AT. Handshakes are ASCII; anything else fails to parse. */
export function lineText(bytes: Uint8Array, start: number, end: number): string {
  return decode(bytes, start, end);
}
