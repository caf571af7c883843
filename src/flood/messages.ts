// The lines of a link other than AT, as texts: how they are made, and what they must look like.
//
//   follower -> FOLLOW/2 <herd> <follower> <leader> <follower incarnation> <nonce>
//   leader   -> LEAD/2 <leader> <leader incarnation> <feed id> <retention> <clock> <nonce> <mac>
//   follower -> AUTH <feed id it knows, or -> <position it holds> <retention> <clock> <mac>
//   leader   -> POS <position> <live position> <+ or -> <fresh lines> <mended lines> <clock> <mac>
//   follower -> ACK <position> <live position> <mac>
//   follower -> SUMS <buckets> <first bucket> <horizon> <sums in base64> <mac>     any number, then
//   follower -> WANT <mac>                                        once: the backlog may be sent
//   follower -> LOOK <mac>                                        after sums: is something missing?
//   leader   -> DIFF <buckets that differ> <mac>
//
// Version 1 is spoken with neighbours that know no other: `AUTH <id> <position> <clock> <mac>`,
// `POS <position> <clock> <mac>`, `ACK <position>`, no retention in LEAD, no SUMS, WANT and LOOK: a
// backlog is sent at once.
//
// Parsing gives undefined for a line out of form and never throws.

import { Buffer } from "node:buffer";
import { decode, encode } from "../base/bytes.ts";
import { Instant } from "../base/instant.ts";
import { parseTime } from "../protocol/time.ts";
import type { FeedPosition } from "../store/feed.ts";

/** The first field of a link's first line, up to the version. */
export const FOLLOW = "FOLLOW/";

/** The versions of the protocol that are spoken. */
export type LinkVersion = 1 | 2;

/** The version that is spoken wherever both ends can. */
export const LINK_VERSION = 2;

/** Bytes that `POS` adds to a batch at most: word, numbers, clock, MAC, spaces and newline. */
export const MAX_POS_BYTES = 160;

/** In the place of the first POS: another process of the follower's name is linked. */
export const TWIN = "TWIN";

/** Seconds for which a server keeps records; `null` if it keeps them for ever. */
export type Retention = number | null;

/** An incarnation, feed id or nonce: 128 random bits as hexadecimal digits. */
const TOKEN = /^[0-9a-f]{32}$/;
const POSITION = /^(0|[1-9]\d{0,14})$/;
const MAC = /^([0-9a-f]{64}|-)$/;

/** A follower's first line. */
export interface Follow {
  readonly version: LinkVersion;
  readonly herd: string;
  readonly follower: string;
  readonly leader: string;
  readonly incarnation: string;
  readonly nonce: string;
}

/** The line, without newline. */
export function formatFollow(it: Follow): string {
  const { version, herd, follower, leader, incarnation, nonce } = it;
  return `${FOLLOW}${version} ${herd} ${follower} ${leader} ${incarnation} ${nonce}`;
}

/** Parses `FOLLOW/2 ...` or `FOLLOW/1 ...`. */
export function parseFollow(line: string): Follow | undefined {
  const [word, herd, follower, leader, incarnation, nonce, ...rest] = line.split(" ");
  const version = parseVersion(word);
  if (version === undefined || rest.length > 0 || !herd || !follower || !leader) return;
  if (!isToken(incarnation) || !isToken(nonce)) return;
  return { version, herd, follower, leader, incarnation, nonce };
}

/** A leader's answer. */
export interface Lead {
  readonly leader: string;
  readonly incarnation: string;
  readonly feedId: string;
  /** Undefined in version 1. */
  readonly retention?: Retention | undefined;
  readonly clock: Instant;
  readonly nonce: string;
}

/** The line up to and with the space before its MAC. */
export function formatLead(it: Lead, version: LinkVersion = LINK_VERSION): string {
  const { leader, incarnation, feedId, clock, nonce } = it;
  const retention = formatRetention(it.retention, version);
  return `LEAD/${version} ${leader} ${incarnation} ${feedId} ${retention}${clock} ${nonce} `;
}

/** Parses `LEAD/2 ...`, or `LEAD/1 ...`. */
export function parseLead(
  line: string,
  version: LinkVersion = LINK_VERSION,
): Signed<Lead> | undefined {
  const words = line.split(" ");
  const [word, leader, incarnation, feedId] = words.splice(0, 4);
  const retention = version === 1 ? undefined : parseRetention(words.shift());
  const [clockText, nonce, mac, ...rest] = words;
  const clock = parseClock(clockText);
  if (word !== `LEAD/${version}` || rest.length > 0 || !leader || !clock || !isMac(mac)) return;
  if (!isToken(incarnation) || !isToken(feedId) || !isToken(nonce)) return;
  if (version > 1 && retention === undefined) return;
  return { leader, incarnation, feedId, retention, clock, nonce, mac, signed: unsigned(line, mac) };
}

/** A follower's proof, and where it wants to go on. */
export interface Auth {
  readonly held: FeedPosition | undefined;
  /** Undefined in version 1. */
  readonly retention?: Retention | undefined;
  readonly clock: Instant;
}

/** The line up to and with the space before its MAC. */
export function formatAuth(
  { held, retention, clock }: Auth,
  version: LinkVersion = LINK_VERSION,
): string {
  const { feedId = "-", position = 0 } = held ?? {};
  return `AUTH ${feedId} ${position} ${formatRetention(retention, version)}${clock} `;
}

export function parseAuth(
  line: string,
  version: LinkVersion = LINK_VERSION,
): Signed<Auth> | undefined {
  const words = line.split(" ");
  const [word, feedId, positionText] = words.splice(0, 3);
  const retention = version === 1 ? undefined : parseRetention(words.shift());
  const [clockText, mac, ...rest] = words;
  const position = parsePosition(positionText);
  const clock = parseClock(clockText);
  if (word !== "AUTH" || rest.length > 0 || position === undefined || !clock || !isMac(mac)) return;
  if (feedId !== "-" && !isToken(feedId)) return;
  if (version > 1 && retention === undefined) return;
  const held = feedId === "-" ? undefined : { feedId, position };
  return { held, retention, clock, mac, signed: unsigned(line, mac) };
}

/** The positions of a leader's cursors, and its clock. */
export interface Pos {
  /** Everything up to here was sent. */
  readonly position: number;
  /** Everything fresh up to here was sent; what lies between is backlog. Not under `position`. */
  readonly livePosition: number;
  /** True while the leader itself reads a backlog. */
  readonly isBehind: boolean;
  /** Number of lines of the batch, from its first on, that are fresh; all of them in version 1. */
  readonly freshLines: number;
  /** Number of lines of the batch, up to its last, that the follower should have had before. */
  readonly mendedLines: number;
  readonly clock: Instant;
}

/** The line up to and with the space before its MAC. */
export function formatPos(it: Pos, version: LinkVersion = LINK_VERSION): string {
  const { position, livePosition, isBehind, freshLines, mendedLines, clock } = it;
  if (version === 1) return `POS ${position} ${clock} `;
  const state = isBehind ? "-" : "+";
  return `POS ${position} ${livePosition} ${state} ${freshLines} ${mendedLines} ${clock} `;
}

export function parsePos(
  line: string,
  version: LinkVersion = LINK_VERSION,
): Signed<Pos> | undefined {
  const words = line.split(" ");
  const [word, positionText] = words.splice(0, 2);
  const position = parsePosition(positionText);
  if (word !== "POS" || position === undefined) return;
  const progress = version === 1 ? allFresh(position) : parseProgress(position, words.splice(0, 4));
  const [clockText, mac, ...rest] = words;
  const clock = parseClock(clockText);
  if (progress === undefined || rest.length > 0 || !clock || !isMac(mac)) return;
  return { position, ...progress, clock, mac, signed: unsigned(line, mac) };
}

type Progress = Omit<Pos, "position" | "clock">;

function allFresh(position: number): Progress {
  return { livePosition: position, isBehind: false, freshLines: Infinity, mendedLines: 0 };
}

function parseProgress(position: number, words: readonly string[]): Progress | undefined {
  const [liveText, state, freshText, mendedText] = words;
  const livePosition = parsePosition(liveText);
  const freshLines = parsePosition(freshText);
  const mendedLines = parsePosition(mendedText);
  if (livePosition === undefined || livePosition < position) return;
  if (freshLines === undefined || mendedLines === undefined) return;
  if (state !== "+" && state !== "-") return;
  return { livePosition, isBehind: state === "-", freshLines, mendedLines };
}

/** The positions that a follower has come to. */
export interface Ack {
  /** Everything up to here was applied. */
  readonly position: number;
  /** Everything fresh up to here was applied. */
  readonly livePosition: number;
}

/** The line up to and with the space before its MAC; without newline in version 1, which has none. */
export function formatAck(
  { position, livePosition }: Ack,
  version: LinkVersion = LINK_VERSION,
): string {
  return version === 1 ? `ACK ${position}` : `ACK ${position} ${livePosition} `;
}

/** Parses `ACK ...`; its MAC is empty in version 1. */
export function parseAck(
  line: string,
  version: LinkVersion = LINK_VERSION,
): Signed<Ack> | undefined {
  const [word, positionText, ...words] = line.split(" ");
  const [liveText, mac, ...rest] = version === 1 ? [positionText, "", ...words] : words;
  const position = parsePosition(positionText);
  const livePosition = parsePosition(liveText);
  if (word !== "ACK" || rest.length > 0) return;
  if (position === undefined || livePosition === undefined || livePosition < position) return;
  if (version === 1) return { position, livePosition, mac: "", signed: line };
  return isMac(mac) ? { position, livePosition, mac, signed: unsigned(line, mac) } : undefined;
}

/** Asks for the backlog; the line up to and with the space before its MAC. */
export const WANT = "WANT ";

/** Asks to compare the sums that came before; the line up to and with the space before its MAC. */
export const LOOK = "LOOK ";

/** Parses `WANT ...` and `LOOK ...`. */
export function parseWish(line: string): Signed<object> | undefined {
  const [word, mac, ...rest] = line.split(" ");
  if ((word !== "WANT" && word !== "LOOK") || rest.length > 0 || !isMac(mac)) return;
  return { mac, signed: unsigned(line, mac) };
}

/** The first field of the answer to LOOK. */
export const DIFF = "DIFF ";

/** The line up to and with the space before its MAC. */
export function formatDiff(buckets: number): string {
  return `${DIFF}${buckets} `;
}

export function parseDiff(line: string): Signed<{ readonly buckets: number }> | undefined {
  const [word, bucketsText, mac, ...rest] = line.split(" ");
  const buckets = parsePosition(bucketsText);
  if (word !== "DIFF" || rest.length > 0 || buckets === undefined || !isMac(mac)) return;
  return { buckets, mac, signed: unsigned(line, mac) };
}

/** The first field of a line of sums. */
export const SUMS = "SUMS ";

/** The most bytes of sums in one line. */
export const MAX_SUMS_BYTES = 2_048;

/** A part of a follower's sums; see sums.ts. */
export interface SumsPart {
  readonly buckets: number;
  /** The bucket of the first sum here. */
  readonly first: number;
  /** POSIX seconds: records from before are left out. */
  readonly horizon: number;
  /** Sums, 64 bits each, little-endian. */
  readonly sums: Uint8Array;
}

/** The line up to and with the space before its MAC. */
export function formatSums({ buckets, first, horizon, sums }: SumsPart): string {
  return `${SUMS}${buckets} ${first} ${horizon} ${Buffer.from(sums).toString("base64")} `;
}

export function parseSums(line: string): Signed<SumsPart> | undefined {
  const [word, bucketsText, firstText, horizonText, base64 = "", mac, ...rest] = line.split(" ");
  const [buckets, first, horizon] = [bucketsText, firstText, horizonText].map(parsePosition);
  if (word !== "SUMS" || rest.length > 0 || !isMac(mac)) return;
  if (buckets === undefined || first === undefined || horizon === undefined) return;
  const sums = Buffer.from(base64, "base64");
  if (sums.length > MAX_SUMS_BYTES || sums.toString("base64") !== base64) return;
  return { buckets, first, horizon, sums, mac, signed: unsigned(line, mac) };
}

/** A parsed line with its MAC, and `signed`: the bytes of the line that the MAC covers. */
export type Signed<T> = T & { readonly mac: string; readonly signed: string };

function unsigned(line: string, mac: string): string {
  return line.slice(0, line.length - mac.length);
}

function parseVersion(word: string | undefined): LinkVersion | undefined {
  if (word === `${FOLLOW}2`) return 2;
  return word === `${FOLLOW}1` ? 1 : undefined;
}

function formatRetention(retention: Retention | undefined, version: LinkVersion): string {
  return version === 1 ? "" : `${retention ?? "-"} `;
}

function parseRetention(text: string | undefined): Retention | undefined {
  return text === "-" ? null : parsePosition(text);
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
