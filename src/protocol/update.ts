// An update: one version of one client's location, as the body of an AT line
// (`<origin> <skew> <client> <location> <time>`), and the total order of updates. Every server
// decides by this order alone, from what travels in the line, so all servers decide alike.
// A removal is an update too: its location is `-` and its skew zero.

import { compareBytes, copyBytes, encode, MINUS, nextSpace, SPACE } from "../base/bytes.ts";
import { addNanosecond, compareInstants, Instant } from "../base/instant.ts";
import { addSkew, MAX_AHEAD_SECONDS, scanSkew, scanTime, writeSkew } from "./time.ts";
import { MAX_LINE_BYTES } from "./lines.ts";
import { scanLocation } from "./location.ts";
import type { Request } from "./request.ts";

/** The longest name of a server, in bytes. */
export const MAX_NAME_BYTES = 64;

/** Most bytes that a body adds to an IAMAT line: origin, skew and spaces. */
export const MAX_BODY_GROWTH_BYTES = MAX_NAME_BYTES + 32;

/** The longest body, and so the longest record. */
export const MAX_BODY_BYTES = MAX_LINE_BYTES + MAX_BODY_GROWTH_BYTES;

/** A parsed update: offsets into `bytes`, and the instants that decide. Reused, never kept. */
export class Update {
  bytes: Uint8Array = new Uint8Array(0);
  /** The body: from the first byte of origin to the last of time. The origin is at `start`. */
  start = 0;
  end = 0;
  originEnd = 0;
  clientStart = 0;
  clientEnd = 0;
  locationStart = 0;
  locationEnd = 0;
  timeStart = 0;
  readonly time: Instant = new Instant();
  readonly skew: Instant = new Instant();
  /** min(time, received + 5 s), where received = time + skew: the first key of the order. */
  readonly effective: Instant = new Instant();
  /** True if it removes the client: nothing is known of it until newer news. */
  isRemoval = false;

  /** True if the time was too far ahead of the origin's clock to count in full. */
  get isClamped(): boolean {
    return compareInstants(this.effective, this.time) !== 0;
  }
}

/**
 * Writes the body that answers an IAMAT, and makes `into` describe it where it was written.
 * `received` is the server's clock at receipt. Returns the offset after the body.
 */
export function writeBody(
  origin: Uint8Array,
  received: Instant,
  request: Request,
  line: Uint8Array,
  out: Uint8Array,
  at: number,
  into: Update,
): number {
  into.bytes = out;
  into.start = at;
  at = into.originEnd = copyBytes(origin, 0, origin.length, out, at);
  out[at++] = SPACE;
  at = writeSkew(received, request.time, out, at);
  out[at++] = SPACE;
  into.clientStart = at;
  at = into.clientEnd = copyBytes(line, request.clientStart, request.clientEnd, out, at);
  out[at++] = SPACE;
  into.locationStart = at;
  at = into.locationEnd = copyBytes(line, request.locationStart, request.locationEnd, out, at);
  out[at++] = SPACE;
  into.timeStart = at;
  at = into.end = copyBytes(line, request.timeStart, request.timeEnd, out, at);
  into.time.set(request.time.seconds, request.time.nanos);
  into.isRemoval = false;
  setEffective(into, received);
  return at;
}

/** The fields of an update, as values. */
export interface UpdateFields {
  /** The server that was told. */
  readonly origin: Uint8Array;
  readonly client: Uint8Array;
  /** ISO 6709, or {@link REMOVED}. */
  readonly location: Uint8Array;
  /** The time of the location, and its text, which may have more decimals. */
  readonly time: Instant;
  readonly timeText: Uint8Array;
  /** The origin's clock at receipt. */
  readonly received: Instant;
}

/** In place of the location of a client that is removed. */
export const REMOVED = encode("-");

/** Makes an update of values. For what comes as a line there is {@link writeBody}. */
export function makeUpdate(fields: UpdateFields): Update {
  const { origin, client, location, time, timeText, received } = fields;
  const update = new Update();
  const bytes = new Uint8Array(
    client.length + location.length + timeText.length + MAX_BODY_GROWTH_BYTES,
  );
  let at = update.originEnd = copyBytes(origin, 0, origin.length, bytes, 0);
  bytes[at++] = SPACE;
  at = writeSkew(received, time, bytes, at);
  bytes[at++] = SPACE;
  update.clientStart = at;
  at = update.clientEnd = copyBytes(client, 0, client.length, bytes, at);
  bytes[at++] = SPACE;
  update.locationStart = at;
  at = update.locationEnd = copyBytes(location, 0, location.length, bytes, at);
  bytes[at++] = SPACE;
  update.timeStart = at;
  update.end = copyBytes(timeText, 0, timeText.length, bytes, at);
  update.bytes = bytes;
  update.time.set(time.seconds, time.nanos);
  update.isRemoval = location === REMOVED;
  setEffective(update, received);
  return update;
}

/**
 * Makes the update that removes a client. Its time is `now`, or just after `stored`, the effective time
 * of what is known of the client, where that is ahead of `now`: so it is newer than what it removes.
 */
export function makeRemoval(
  { origin, client, now, stored }: {
    readonly origin: Uint8Array;
    readonly client: Uint8Array;
    readonly now: Instant;
    readonly stored: Instant | undefined;
  },
): Update {
  const time = new Instant();
  time.set(now.seconds, now.nanos);
  if (stored !== undefined && compareInstants(stored, now) >= 0) {
    time.set(stored.seconds, stored.nanos);
    addNanosecond(time);
  }
  const timeText = encode(time.toString());
  return makeUpdate({ origin, client, location: REMOVED, time, timeText, received: time });
}

/**
 * Parses a body as servers write it: five fields with one space between them.
 * Returns whether it was one; `into` is undefined garbage when not.
 */
export function parseBody(bytes: Uint8Array, start: number, end: number, into: Update): boolean {
  const originEnd = nextSpace(bytes, start, end);
  if (originEnd === start || originEnd - start > MAX_NAME_BYTES) return false;
  const skewEnd = scanSkew(bytes, originEnd + 1, end, into.skew);
  if (skewEnd < 0) return false;
  const clientStart = skewEnd + 1;
  const clientEnd = nextSpace(bytes, clientStart, end);
  const locationStart = clientEnd + 1;
  const isRemoval = bytes[locationStart] === MINUS && bytes[locationStart + 1] === SPACE;
  const locationEnd = isRemoval ? locationStart + 1 : scanLocation(bytes, locationStart, end);
  const timeStart = locationEnd + 1;
  if (clientEnd === clientStart || locationEnd < 0) return false;
  if (scanTime(bytes, timeStart, end, into.time) !== end) return false;
  if (
    bytes[originEnd] !== SPACE || bytes[skewEnd] !== SPACE || bytes[clientEnd] !== SPACE ||
    bytes[locationEnd] !== SPACE
  ) return false;
  if (isRemoval && (into.skew.seconds !== 0 || into.skew.nanos !== 0)) return false;
  addSkew(into.time, into.skew, received);
  if (received.seconds < 0) return false;
  into.bytes = bytes;
  into.start = start;
  into.originEnd = originEnd;
  into.clientStart = clientStart;
  into.clientEnd = clientEnd;
  into.locationStart = locationStart;
  into.locationEnd = locationEnd;
  into.timeStart = timeStart;
  into.end = end;
  into.isRemoval = isRemoval;
  setEffective(into, received);
  return true;
}

const received = new Instant();

/**
 * The order of updates of one client: positive when `a` is newer than `b`. At equal effective times
 * a removal is newer than any location.
 */
export function compareUpdates(a: Update, b: Update): number {
  return compareInstants(a.effective, b.effective) ||
    Number(a.isRemoval) - Number(b.isRemoval) ||
    compareInstants(a.time, b.time) ||
    compareBytes(a.bytes, a.start, a.originEnd, b.bytes, b.start, b.originEnd) ||
    compareBytes(
      a.bytes,
      a.locationStart,
      a.locationEnd,
      b.bytes,
      b.locationStart,
      b.locationEnd,
    ) ||
    compareSkews(a, b) ||
    compareBytes(a.bytes, a.timeStart, a.end, b.bytes, b.timeStart, b.end);
}

/** Skews by value: equal times make that the order of the times of receipt. */
function compareSkews(a: Update, b: Update): number {
  scanSkew(a.bytes, a.originEnd + 1, a.clientStart - 1, a.skew);
  scanSkew(b.bytes, b.originEnd + 1, b.clientStart - 1, b.skew);
  return compareInstants(a.skew, b.skew);
}

function setEffective(update: Update, received: Instant): void {
  const { time, effective } = update;
  const limit = received.seconds + MAX_AHEAD_SECONDS;
  if (time.seconds > limit || (time.seconds === limit && time.nanos > received.nanos)) {
    effective.set(limit, received.nanos);
  } else {
    effective.set(time.seconds, time.nanos);
  }
}

/** `AT `, with which a reply and a flooded line begin. */
export const AT_PREFIX = encode("AT ");
