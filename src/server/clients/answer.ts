// The answer to one line, from end to end: parse, apply to the store or look there, write the reply.

import { joined } from "../../base/buffers.ts";
import { copyBytes, NEWLINE, SPACE } from "../../base/bytes.ts";
import type { Instant } from "../../base/instant.ts";
import type { Log } from "../../base/log.ts";
import { type LineReader, MAX_LINE_BYTES } from "../../protocol/lines.ts";
import { parseLocation } from "../../protocol/location.ts";
import { parseRequest, Request } from "../../protocol/request.ts";
import { AT_PREFIX, MAX_BODY_GROWTH_BYTES } from "../../protocol/update.ts";
import { type IamatContext, takeIamat } from "./iamat.ts";
import { type Grant, LINE_SCOPES } from "../tokens/grant.ts";
import { HIDDEN_LINE, isTokenLine } from "./token_line.ts";
import type { PlacesDesk } from "./places_desk.ts";
import type { Replies } from "./replies/replies.ts";

const QUESTION = 0x3f;

/** Ends the reply to WHATSAT: its last line, and an empty one. */
const REPLY_END = new Uint8Array([NEWLINE, NEWLINE]);

/** The most that one answer adds to the buffer of replies, in bytes. */
export const MAX_REPLY_BYTES = MAX_LINE_BYTES + MAX_BODY_GROWTH_BYTES + 8;

/** Parts of answers. */
export interface AnswerContext extends IamatContext {
  readonly places: PlacesDesk;
  readonly log: Log;
}

/** The present line of a connection. */
export interface Asked {
  readonly lines: LineReader;
  readonly receivedAt: Instant;
  /** Rights of the client; all when undefined. */
  readonly grant: Grant | undefined;
}

// Lines are answered one at a time and to the end, so all connections share this.
const request = new Request();

/**
 * Answers a line: at once into the buffer, where there is room for `MAX_REPLY_BYTES`, or with a reply
 * that is waited for.
 */
export function answer(context: AnswerContext, asked: Asked, replies: Replies): void {
  const { counts, log } = context;
  const { bytes, start, end, isOverlong } = asked.lines;
  const { buffer } = replies;
  const before = buffer.length;
  const isHidden = log.debugEnabled && isTokenLine(bytes, start, end);
  if (log.debugEnabled) {
    log.debug("line.in", { line: isHidden ? HIDDEN_LINE : bytes.subarray(start, end) });
  }
  if (isOverlong) request.kind = "invalid";
  else parseRequest(bytes, start, end, request);
  if (asked.grant !== undefined && !isAllowed(asked, asked.grant)) request.kind = "invalid";
  const isAnswered = request.kind === "iamat"
    ? answerIamat(context, asked, replies)
    : request.kind === "whatsat" && answerWhatsat(context, bytes, replies);
  if (!isAnswered) {
    counts.invalid++;
    answerInvalid(asked.lines, replies);
  }
  if (log.debugEnabled && !isHidden && buffer.length > before) {
    log.debug("line.out", { line: buffer.bytes.subarray(before, buffer.length - 1) });
  }
}

/** True if a grant allows the present request, now. */
function isAllowed({ lines, receivedAt }: Asked, grant: Grant): boolean {
  const { kind, clientStart, clientEnd } = request;
  return kind !== "invalid" && grant.scopes.has(LINE_SCOPES[kind]) &&
    receivedAt.seconds < grant.expires && grant.covers(lines.bytes, clientStart, clientEnd);
}

/** Returns false when the store is full: then it is answered as an invalid request. */
function answerIamat(
  context: AnswerContext,
  { lines, receivedAt }: Asked,
  { buffer }: Replies,
): boolean {
  const end = takeIamat(context, receivedAt, request, lines.bytes, buffer.bytes, buffer.length);
  if (end < 0) return false;
  buffer.length = end;
  return true;
}

/** Returns false when the client is unknown: that is an invalid request. */
function answerWhatsat(context: AnswerContext, bytes: Uint8Array, replies: Replies): boolean {
  const { store, counts, log } = context;
  const record = store.locate(bytes, request.clientStart, request.clientEnd);
  if (record === 0) {
    counts.unknown++;
    return false;
  }
  const body = store.read(record);
  const location = parseLocation(body.bytes, body.locationStart, body.locationEnd);
  const head = new Uint8Array(AT_PREFIX.length + store.bodyLength(record) + 1);
  const at = copyBytes(AT_PREFIX, 0, AT_PREFIX.length, head, 0);
  head[store.copyBody(record, head, at)] = NEWLINE;
  const { radiusMetres, bound } = request;
  const found = context.places.nearby(location, radiusMetres, bound, replies.givenUp);
  counts.whatsat++;
  if (found instanceof Uint8Array) {
    putPlaces(replies, head, found);
    return true;
  }
  replies.wait(found.then((json) => {
    // The AT line alone: what an upstream gives is not ours to keep in a log.
    if (log.debugEnabled) log.debug("line.out", { line: head.subarray(0, -1) });
    return joined(head, json, REPLY_END);
  }));
  return true;
}

/** A reply that is known at once goes with the others, if the buffer has room for it. */
function putPlaces(replies: Replies, head: Uint8Array, json: Uint8Array): void {
  const { buffer } = replies;
  const length = head.length + json.length + REPLY_END.length;
  if (!buffer.reserve(length)) return replies.put(joined(head, json, REPLY_END));
  const { bytes } = buffer;
  bytes.set(head, buffer.length);
  bytes.set(json, buffer.length + head.length);
  buffer.length += length;
  bytes.set(REPLY_END, buffer.length - REPLY_END.length);
}

/** The reply to what is no request: as it came. */
export function invalidReply(line: Uint8Array): Uint8Array {
  return joined(new Uint8Array([QUESTION, SPACE]), line, new Uint8Array([NEWLINE]));
}

function answerInvalid({ bytes, start, end }: LineReader, { buffer }: Replies): void {
  const out = buffer.bytes;
  let at = buffer.length;
  out[at++] = QUESTION;
  out[at++] = SPACE;
  at = copyBytes(bytes, start, end, out, at);
  out[at++] = NEWLINE;
  buffer.length = at;
}
