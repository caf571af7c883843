// One client's connection: reads chunks of lines, has each line answered in order (answer.ts), and sends
// all replies of a chunk in one write. What may have to wait gives a promise only when it has to: most
// chunks wait for nothing but the next one.

import { inBackground } from "../../base/background.ts";
import type { Clock } from "../../base/clock.ts";
import { closeQuietly, type Connection } from "../../base/connection.ts";
import { Instant } from "../../base/instant.ts";
import { after, type Trigger, until, waitFor } from "../../base/waiting.ts";
import { Links } from "../../flood/links.ts";
import { LineReader } from "../../protocol/lines.ts";
import type { Limits } from "../limits.ts";
import type { Pace } from "../turns/pace.ts";
import type { Rounds } from "../turns/rounds.ts";
import { EVERYTHING, type Grant, NOTHING } from "../tokens/grant.ts";
import type { TokenKeys } from "../tokens/token_keys.ts";
import { tokenOfLine, tokenReply } from "./token_line.ts";
import type { Ticket } from "./admission.ts";
import { answer, type AnswerContext, type Asked, invalidReply, MAX_REPLY_BYTES } from "./answer.ts";
import { Replies, type RepliesContext } from "./replies/replies.ts";
import type { ReplyLatency } from "./replies/reply_latency.ts";
import type { Supervised, Waiting } from "./supervisor.ts";

/** Parts that the sessions of one server share. */
export interface SessionContext extends AnswerContext, RepliesContext {
  readonly clock: Clock;
  /** Takes connections that ask for a link; undefined where they are clients like any other. */
  readonly links: Links | undefined;
  readonly limits: Limits;
  /** Judges the tokens that clients have to show; undefined where they need none. */
  readonly tokens: TokenKeys | undefined;
  readonly latency: ReplyLatency;
  /** Has busy sessions let others have their turn. */
  readonly pace: Pace;
  /** Has many busy sessions be served in turns. */
  readonly rounds: Rounds;
}

/** A chunk of so many bytes is work enough to look whether others wait. */
const HEAVY_CHUNK_BYTES = 16 * 1024;

/** So are so many places that were found at once: a tenth of a millisecond each. */
const HEAVY_PLACES = 8;

/** Time for which a draining session goes on listening for what is under way, in milliseconds. */
const DRAIN_QUIET_MS = 50;

/** Time that a client has to take the reply to a line that it did not end, in milliseconds. */
const LAST_REPLY_MS = 500;

/** Facts about a connection at its start. */
export interface SessionOptions {
  /** The other end, for the log. */
  readonly peer: string;
  /** Asked when the first line has come. */
  readonly ticket: Ticket;
  /** Rights of the client; undefined where it has to show a token first. */
  readonly grant?: Grant | undefined;
}

/** One connection and what it waits for. */
export class Session implements Supervised {
  readonly #context: SessionContext;
  readonly #connection: Connection;
  readonly #peer: string;
  readonly #ticket: Ticket;
  readonly #replies: Replies;
  readonly #asked: Asked & { readonly lines: LineReader; grant: Grant | undefined };
  /** The kind of connection that its first line has made of it. */
  #kind: "newcomer" | "client" | "link" = "newcomer";
  /** Lines that were answered, cut ones included. */
  #answered = 0;
  /** True when the present line has not been answered yet. */
  #isLineLeft = false;
  /** Bytes of the chunks that were served. */
  #bytesServed = 0;
  #isReading = true;
  #isDraining = false;
  #isOver = false;
  #onOver: () => void = () => {};
  #endReason: string | undefined;

  /** Reads nothing before `run`. */
  constructor(
    context: SessionContext,
    connection: Connection,
    { peer, ticket, grant }: SessionOptions,
  ) {
    this.#context = context;
    this.#connection = connection;
    this.#peer = peer;
    this.#ticket = ticket;
    this.#replies = new Replies(connection, context);
    const mayAll = grant === undefined ? context.tokens === undefined : grant === EVERYTHING;
    this.#asked = {
      lines: new LineReader(connection),
      receivedAt: new Instant(),
      grant: mayAll ? undefined : grant ?? NOTHING,
    };
  }

  get waitsFor(): Waiting {
    const replies = this.#replies;
    if (replies.isWriting) return "reader";
    if (this.#kind === "link" || !this.#isReading || replies.isWaiting) return "others";
    return this.#kind === "newcomer" ? "first line" : "line";
  }

  get progress(): number {
    return this.#answered + this.#replies.progress;
  }

  get unreadBytes(): number {
    return this.#replies.unreadBytes;
  }

  /** The reason why it was aborted, if it was. */
  get endReason(): string | undefined {
    return this.#endReason;
  }

  /**
   * Serves the connection until the client has half-closed and everything was answered, or the
   * connection fails. A connection whose first line asks for a link becomes one; where there is no
   * room for one more client it ends with its first line. Closes nothing.
   */
  async run(): Promise<void> {
    try {
      await this.#serve(this.#asked.lines);
    } catch (error) {
      // What cannot be written to is closed, and then cannot be read from either.
      throw this.#replies.failure ?? error;
    } finally {
      this.#end();
    }
  }

  /**
   * Ends it now, whatever it waits for. A client that was waited for, for the end of a line, is answered
   * first: it may not know that lines end with a newline.
   */
  abort(reason: string, waitedFor?: Waiting): void {
    const isFirst = this.#endReason === undefined;
    this.#endReason ??= reason;
    const { begun } = this.#asked.lines;
    const isLineMissed = waitedFor === "line" || waitedFor === "first line";
    if (isFirst && isLineMissed && begun.length > 0) inBackground(this.#answerBegun(begun));
    else this.#close();
  }

  #close(): void {
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
    inBackground(this.#drain());
  }

  /** Answers a line that was begun, and closes the connection. */
  async #answerBegun(begun: Uint8Array): Promise<void> {
    const { counts, clock } = this.#context;
    const replies = this.#replies;
    counts.invalid++;
    replies.put(invalidReply(begun));
    await waitFor(replies.finish().catch(() => {}), after(clock, LAST_REPLY_MS));
    this.#close();
  }

  async #serve(lines: LineReader): Promise<void> {
    for await (const _chunk of lines) {
      if (this.#kind === "newcomer") {
        const other = this.#unlessClient(lines);
        if (other !== undefined) return await other;
      }
      this.#isReading = false;
      const ready = this.#beginChunk();
      if (ready !== undefined) await ready;
      const begun = this.#receive();
      for (let wait = this.#answerLines(); wait !== undefined; wait = this.#answerLines()) {
        await wait;
      }
      this.#replies.send();
      if (begun >= 0) await this.#measure(begun);
      const others = this.#othersTurn();
      if (others !== undefined) await others;
      this.#isReading = true;
    }
    await this.#replies.finish();
  }

  /**
   * Looks at the first line, which a first chunk has. Gives what the connection is until its end if it
   * is no client's.
   */
  #unlessClient(lines: LineReader): Promise<void> | undefined {
    const { links, rounds } = this.#context;
    this.#isLineLeft = lines.nextLine();
    if (links !== undefined && Links.isFollow(lines.bytes, lines.start, lines.end)) {
      this.#kind = "link";
      this.#ticket.release();
      return links.serve(this.#connection, lines, this.#peer);
    }
    if (!this.#ticket.admitClient()) return Promise.resolve();
    this.#kind = "client";
    rounds.join();
    return undefined;
  }

  /** Returns what to wait for until the replies of a chunk may come. */
  #beginChunk(): Promise<void> | undefined {
    this.#context.rounds.serve();
    return this.#replies.whenReady();
  }

  /** Notes when the chunk was received. Gives what `#measure` wants to know, or -1. */
  #receive(): number {
    const { clock, latency } = this.#context;
    clock.now(this.#asked.receivedAt);
    return latency.begin();
  }

  /**
   * Answers lines up to the end of the chunk. Gives something to wait for where the rest has to wait;
   * it is called again then.
   */
  #answerLines(): Promise<void> | undefined {
    const context = this.#context;
    const asked = this.#asked;
    const replies = this.#replies;
    const { lines } = asked;
    const { whatsat } = context.counts;
    while (this.#isLineLeft || lines.nextLine()) {
      const ready = replies.makeRoom(MAX_REPLY_BYTES);
      if (ready !== undefined) {
        this.#isLineLeft = true;
        return ready;
      }
      this.#isLineLeft = false;
      this.#answered++;
      const token = context.tokens === undefined
        ? undefined
        : tokenOfLine(lines.bytes, lines.start, lines.end);
      if (token !== undefined) return this.#takeToken(token);
      answer(context, asked, replies);
      if (replies.isCrowded || context.counts.whatsat - whatsat >= HEAVY_PLACES) {
        return this.#giveWay();
      }
    }
    return undefined;
  }

  /** Takes a token that the client shows, first or in place of one that expires, and replies to it. */
  async #takeToken(token: string): Promise<void> {
    const { tokens, counts } = this.#context;
    const { bytes, start, end, isOverlong } = this.#asked.lines;
    const grant = isOverlong ? undefined : await tokens?.verify(token);
    if (grant !== undefined) this.#asked.grant = grant;
    else counts.invalid++;
    this.#replies.put(
      grant === undefined ? invalidReply(bytes.subarray(start, end)) : tokenReply(grant),
    );
  }

  /** Waits until replies have left where too many wait, and for others' turn where that is due. */
  async #giveWay(): Promise<void> {
    await this.#replies.waitForRoom();
    await this.#context.pace.pause();
  }

  /** Measures how long the chunk took, once its replies are written. */
  async #measure(begun: number): Promise<void> {
    await this.#replies.whenReady();
    this.#context.latency.end(begun);
  }

  /** Returns what to wait for where others come before the next chunk is read. */
  #othersTurn(): Promise<void> | undefined {
    const { pace, rounds } = this.#context;
    const { bytesRead } = this.#asked.lines;
    const pause = bytesRead - this.#bytesServed < HEAVY_CHUNK_BYTES ? undefined : pace.pause();
    this.#bytesServed = bytesRead;
    return pause === undefined ? rounds.whenNext() : pause.then(() => rounds.whenNext());
  }

  #end(): void {
    this.#isOver = true;
    if (this.#kind === "client") this.#context.rounds.leave();
    this.#onOver();
    this.#replies.release();
  }

  async #drain(): Promise<void> {
    const quiet = after(this.#context.clock, DRAIN_QUIET_MS);
    const over: Trigger = (fire) => {
      this.#onOver = fire;
      return () => {};
    };
    do {
      await until(quiet, over);
      // It fails where the connection does, and then the session is over.
      if (this.#isReading) await this.#replies.finish().catch(() => {});
      // What came meanwhile is answered too.
    } while (!this.#isOver && (!this.#isReading || this.#replies.isPending));
    if (!this.#isOver) closeQuietly(this.#connection);
  }
}
