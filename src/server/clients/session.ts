// One client's connection: reads lines, answers each in order. The way of a line is here from end
// to end: parse, apply to the store, write the reply; one write for all lines of a chunk.

import { joined } from "../../base/buffers.ts";
import { copyBytes, NEWLINE, SPACE } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { Instant } from "../../base/instant.ts";
import { LineReader, MAX_LINE_BYTES } from "../../protocol/lines.ts";
import { parseLocation } from "../../protocol/location.ts";
import type { Log } from "../../base/log.ts";
import { parseRequest, Request } from "../../protocol/request.ts";
import { AT_PREFIX, MAX_BODY_GROWTH_BYTES } from "../../protocol/update.ts";
import type { Store } from "../../store/store.ts";
import { closeQuietly, type Connection } from "../../base/connection.ts";
import { Links } from "../../flood/links.ts";
import { takeIamat } from "./iamat.ts";
import type { RequestCounts } from "./request_counts.ts";
import type { PlacesDesk } from "./places_desk.ts";
import type { Limits } from "../limits.ts";
import type { Ticket } from "./admission.ts";
import type { Pace } from "../turns/pace.ts";
import { Replies, type RepliesContext } from "./replies/replies.ts";
import type { Rounds } from "../turns/rounds.ts";
import type { ReplyLatency } from "./replies/reply_latency.ts";
import type { Supervised, Waiting } from "./supervisor.ts";

const QUESTION = 0x3f;

/** Ends the reply to WHATSAT: its last line, and an empty one. */
const REPLY_END = new Uint8Array([NEWLINE, NEWLINE]);

/** The most that one request adds to the buffer of replies. */
const MAX_REPLY_BYTES = MAX_LINE_BYTES + MAX_BODY_GROWTH_BYTES + 8;

/** What the sessions of one server share. */
export interface SessionContext extends RepliesContext {
  readonly name: Uint8Array;
  readonly store: Store;
  readonly clock: Clock;
  readonly places: PlacesDesk;
  /** Takes connections that ask for a link; undefined where they are clients like any other. */
  readonly links: Links | undefined;
  readonly limits: Limits;
  readonly log: Log;
  readonly counts: RequestCounts;
  readonly latency: ReplyLatency;
  /** Has busy sessions let others have their turn. */
  readonly pace: Pace;
  /** Has many busy sessions be served in turns. */
  readonly rounds: Rounds;
}

// Lines are handled one at a time and to the end, so all sessions share these.
const request = new Request();
const receivedAt = new Instant();

/** A chunk of so many bytes is work enough to look whether others wait. */
const HEAVY_CHUNK_BYTES = 16 * 1024;

/** So are so many places that were found at once: a tenth of a millisecond each. */
const HEAVY_PLACES = 8;

/** How long a draining session goes on listening for what is under way, in milliseconds. */
const DRAIN_QUIET_MS = 50;

/** One connection and what it waits for. */
export class Session implements Supervised {
  readonly #context: SessionContext;
  readonly #connection: Connection;
  readonly #peer: string;
  readonly #ticket: Ticket;
  readonly #replies: Replies;
  /** Whole lines so far, a cut one included. */
  #lines = 0;
  #isLink = false;
  #isClient = false;
  #isReading = true;
  #isDraining = false;
  #isOver = false;
  #cancelDrain: () => void = () => {};
  #endReason: string | undefined;

  /** `peer` is for the log; `ticket` is asked when the first line has come. */
  constructor(context: SessionContext, connection: Connection, peer: string, ticket: Ticket) {
    this.#context = context;
    this.#connection = connection;
    this.#peer = peer;
    this.#ticket = ticket;
    this.#replies = new Replies(connection, context);
  }

  get waitsFor(): Waiting {
    const replies = this.#replies;
    if (replies.isWriting) return "reader";
    if (this.#isLink || !this.#isReading || replies.isWaiting) return "others";
    return this.#lines === 0 ? "first line" : "line";
  }

  get progress(): number {
    return this.#lines + this.#replies.progress;
  }

  get unreadBytes(): number {
    return this.#replies.unreadBytes;
  }

  /** Why it was aborted, if it was. */
  get endReason(): string | undefined {
    return this.#endReason;
  }

  /**
   * Serves the connection until the client has half-closed and everything was answered, or the
   * connection fails. A connection whose first line asks for a link becomes one; where there is no
   * room for one more client it ends with its first line. Closes nothing.
   */
  async run(): Promise<void> {
    const { clock, latency, counts, pace, rounds } = this.#context;
    const replies = this.#replies;
    const lines = new LineReader(this.#connection);
    let { bytesRead } = lines;
    try {
      for await (const _chunk of lines) {
        this.#isReading = false;
        rounds.serve();
        const ready = replies.whenReady();
        if (ready !== undefined) await ready;
        const begun = latency.begin();
        clock.now(receivedAt);
        const { seconds, nanos } = receivedAt;
        let { whatsat } = counts;
        while (lines.nextLine()) {
          if (this.#lines++ === 0) {
            const other = this.#unlessClient(lines);
            if (other !== undefined) return await other;
          }
          if (!replies.reserve(MAX_REPLY_BYTES)) {
            replies.send();
            await replies.whenReady();
            replies.reserve(MAX_REPLY_BYTES);
            // Others have run in between; the time of receipt is still that of this chunk.
            receivedAt.set(seconds, nanos);
          }
          answer(this.#context, lines, replies);
          if (replies.isCrowded || counts.whatsat - whatsat >= HEAVY_PLACES) {
            await replies.waitForRoom();
            const pause = pace.pause();
            if (pause !== undefined) await pause;
            ({ whatsat } = counts);
            receivedAt.set(seconds, nanos);
          }
        }
        replies.send();
        if (begun >= 0) {
          await replies.whenReady();
          latency.end(begun);
        }
        const pause = lines.bytesRead - bytesRead < HEAVY_CHUNK_BYTES ? undefined : pace.pause();
        if (pause !== undefined) await pause;
        bytesRead = lines.bytesRead;
        const others = rounds.whenNext();
        if (others !== undefined) await others;
        this.#isReading = true;
      }
      await replies.finish();
    } catch (error) {
      // What cannot be written to is closed, and then cannot be read from either.
      throw replies.failure ?? error;
    } finally {
      this.#isOver = true;
      if (this.#isClient) rounds.leave();
      this.#cancelDrain();
      replies.release();
    }
  }

  /** Looks at the first line. Gives what the connection is until its end, if it is no client's. */
  #unlessClient(lines: LineReader): Promise<void> | undefined {
    const { links } = this.#context;
    if (links !== undefined && Links.isFollow(lines.bytes, lines.start, lines.end)) {
      this.#isLink = true;
      this.#ticket.release();
      return links.serve(this.#connection, lines, this.#peer);
    }
    if (!this.#ticket.admitClient()) return Promise.resolve();
    this.#isClient = true;
    this.#context.rounds.join();
    return undefined;
  }

  /** Ends it now, whatever it waits for. */
  abort(reason: string): void {
    this.#endReason ??= reason;
    this.#replies.fail(new Error("The session was aborted"));
    closeQuietly(this.#connection);
  }

  /** Has what it waits for end soon: who asked for places is told that there are none. */
  giveUpPlaces(): void {
    this.#replies.giveUpWaiting();
  }

  /** Answers what is in hand and then closes the connection. */
  drain(): void {
    if (this.#isDraining || this.#isOver) return;
    this.#isDraining = true;
    const { clock } = this.#context;
    const lookLater = () => this.#cancelDrain = clock.after(DRAIN_QUIET_MS, look);
    const look = () => {
      if (this.#isOver) return;
      if (!this.#isReading) return void lookLater();
      this.#replies.finish().catch(() => {}).finally(() => {
        if (this.#isOver) return;
        // What came meanwhile is answered too.
        if (this.#isReading && !this.#replies.isPending) closeQuietly(this.#connection);
        else lookLater();
      });
    };
    lookLater();
  }
}

/** Answers the present line: at once, or with a reply that is waited for. */
function answer(context: SessionContext, lines: LineReader, replies: Replies): void {
  const { counts, log } = context;
  const { bytes, start, end } = lines;
  const before = replies.length;
  if (log.debugEnabled) log.debug("line.in", { line: bytes.subarray(start, end) });
  if (lines.isOverlong) request.kind = "invalid";
  else parseRequest(bytes, start, end, request);
  const isAnswered = request.kind === "iamat"
    ? answerIamat(context, bytes, replies)
    : request.kind === "whatsat" && answerWhatsat(context, bytes, replies);
  if (!isAnswered) {
    counts.invalid++;
    answerInvalid(bytes, start, end, replies);
  }
  if (log.debugEnabled && replies.length > before) {
    log.debug("line.out", { line: replies.buffer.subarray(before, replies.length - 1) });
  }
}

/** Returns false when the store is full: then it is answered as an invalid request. */
function answerIamat(context: SessionContext, bytes: Uint8Array, replies: Replies): boolean {
  const { buffer, length } = replies;
  const end = takeIamat(context, receivedAt, request, bytes, buffer, length);
  if (end < 0) return false;
  replies.length = end;
  return true;
}

/** Returns false when the client is unknown: that is an invalid request. */
function answerWhatsat(context: SessionContext, bytes: Uint8Array, replies: Replies): boolean {
  const { store } = context;
  const record = store.locate(bytes, request.clientStart, request.clientEnd);
  if (record === 0) {
    context.counts.unknown++;
    return false;
  }
  const body = store.read(record);
  const location = parseLocation(body.bytes, body.locationStart, body.locationEnd);
  const head = new Uint8Array(AT_PREFIX.length + store.bodyLength(record) + 1);
  const at = copyBytes(AT_PREFIX, 0, AT_PREFIX.length, head, 0);
  head[store.copyBody(record, head, at)] = NEWLINE;
  const { radiusMetres, bound } = request;
  const found = context.places.nearby(location, radiusMetres, bound, replies.givenUp);
  context.counts.whatsat++;
  if (found instanceof Uint8Array) putPlaces(replies, head, found);
  else {
    const { log } = context;
    replies.wait(found.then((json) => {
      // The AT line alone: what an upstream gives is not ours to keep in a log.
      if (log.debugEnabled) log.debug("line.out", { line: head.subarray(0, -1) });
      return joinPlaces(head, json);
    }));
  }
  return true;
}

/** A reply that is known at once goes with the others, if the buffer has room for it. */
function putPlaces(replies: Replies, head: Uint8Array, json: Uint8Array): void {
  const length = head.length + json.length + 2;
  if (!replies.reserve(length)) return replies.put(joinPlaces(head, json));
  const { buffer } = replies;
  buffer.set(head, replies.length);
  buffer.set(json, replies.length + head.length);
  replies.length += length;
  buffer[replies.length - 2] = NEWLINE;
  buffer[replies.length - 1] = NEWLINE;
}

function joinPlaces(head: Uint8Array, json: Uint8Array): Uint8Array {
  return joined(head, json, REPLY_END);
}

function answerInvalid(bytes: Uint8Array, start: number, end: number, replies: Replies): void {
  const out = replies.buffer;
  let at = replies.length;
  out[at++] = QUESTION;
  out[at++] = SPACE;
  at = copyBytes(bytes, start, end, out, at);
  out[at++] = NEWLINE;
  replies.length = at;
}
