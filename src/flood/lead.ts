// The leading end of a link: answers a follower, and once it has proved itself, streams the feed
// to it from its own cursor. This is the flood task of that follower.

import { awaitedLater } from "../base/background.ts";
import { copyBytes, encode, NEWLINE } from "../base/bytes.ts";
import { Instant } from "../base/instant.ts";
import type { LineReader } from "../protocol/lines.ts";
import { AT_PREFIX } from "../protocol/update.ts";
import { waitForLine } from "../protocol/lines.ts";
import { closeQuietly, type Connection, writeAll } from "../base/connection.ts";
import { reasonOf } from "../base/errors.ts";
import { after, changed, nextTurn, until, WakeUp } from "../base/waiting.ts";
import type { Batch, Taking } from "./backlog/batch.ts";
import { Cursors } from "./backlog/cursors.ts";
import {
  CONTROL_LINE_BYTES,
  HEAVY_BATCH_BYTES,
  type LinkEnvironment,
  LinkError,
} from "./environment.ts";
import { MAX_AT_BYTES, NEWER_VERSION } from "./follow.ts";
import type { LinkKeys } from "./mac.ts";
import {
  type Follow,
  formatLead,
  formatPos,
  lineText,
  type LinkVersion,
  MAX_POS_BYTES,
  parseAck,
  parseAuth,
  TWIN,
} from "./messages.ts";
import type { Neighbour } from "./neighbour.ts";
import { Watchdog } from "./watchdog.ts";
import { Window } from "./backlog/window.ts";
import { Wishes } from "./backlog/wishes.ts";

/** Records that are passed over in one turn; then clients have theirs. */
const MAX_PASSED_A_TURN = 10_000;

/** The share of a batch that fresh news leaves to a backlog: a busy link must not starve it. */
const BACKLOG_SHARE = 0.25;

const NO_BYTES = new Uint8Array(0);

/** A follower and its connection. */
export interface LeadingOptions {
  readonly neighbour: Neighbour;
  readonly follow: Follow;
  readonly connection: Connection;
  /** Of the connection; the present line is its FOLLOW. */
  readonly lines: LineReader;
  /** True while this server reads the first backlog since its start. */
  isBehind(): boolean;
}

/** One connection from a follower whose FOLLOW was in order. */
export class Leading {
  readonly #environment: LinkEnvironment;
  readonly #neighbour: Neighbour;
  readonly #follow: Follow;
  readonly #connection: Connection;
  readonly #lines: LineReader;
  readonly #suffix: Uint8Array;
  readonly #isBehind: () => boolean;
  readonly #now = new Instant();
  // What costs memory is for a follower that has proved itself.
  #batch!: Uint8Array<ArrayBuffer>;
  #streams!: LinkKeys;
  #cursors!: Cursors;
  #window!: Window;
  /** The positions that the latest POS named. */
  #sent = { position: 0, livePosition: 0 };
  #wishes!: Wishes;
  /** True until what was sent last to mend something was acknowledged. */
  #isMendedUnderWay = false;
  #endReason: string | undefined;
  readonly #ending = new WakeUp();
  readonly #acked = new WakeUp();

  constructor(environment: LinkEnvironment, options: LeadingOptions) {
    this.#environment = environment;
    this.#neighbour = options.neighbour;
    this.#follow = options.follow;
    this.#connection = options.connection;
    this.#lines = options.lines;
    this.#isBehind = options.isBehind;
    this.#suffix = encode(` ${environment.self}`);
  }

  get version(): LinkVersion {
    return this.#follow.version;
  }

  get incarnation(): string {
    return this.#follow.incarnation;
  }

  /** The reason why this end closed the connection, if it did. */
  get endReason(): string | undefined {
    return this.#endReason;
  }

  /** Ends the stream: pending reads and writes end with the connection. */
  end(reason: string): void {
    this.#endReason ??= reason;
    closeQuietly(this.#connection);
    this.#ending.wake();
  }

  /**
   * Proves both sides to each other. Until the follower's AUTH has verified nothing changes; then
   * its older stream, if there is one, ends. Rejects when the follower is not who it says.
   */
  async shakeHands(followLine: string): Promise<void> {
    const { self, store, secrets, clock, timings, retainSeconds = null } = this.#environment;
    const { version, incarnation } = this.#follow;
    const neighbour = this.#neighbour;
    clock.now(this.#now);
    const lead = formatLead({
      leader: self,
      incarnation: this.#environment.incarnation,
      feedId: store.feed.id,
      retention: retainSeconds,
      clock: this.#now,
      nonce: this.#environment.randomToken(),
    }, version);
    const leadMac = secrets.sign("leader", `${followLine}\n${lead}`);
    await writeAll(this.#connection, encode(`${lead}${leadMac}\n`));
    if (!(await waitForLine(this.#lines))) {
      throw this.#error(
        "the follower closed the connection at LEAD: do both servers have the same secret?",
      );
    }
    const line = lineText(this.#lines.bytes, this.#lines.start, this.#lines.end);
    const auth = parseAuth(line, version);
    if (auth === undefined) throw this.#error("AUTH is out of form");
    const transcript = `${followLine}\n${lead}${leadMac}\n${auth.signed}`;
    const secret = secrets.verify("follower", transcript, auth.mac);
    if (secret < 0) {
      throw this.#error("AUTH does not verify: do both servers have the same secret?");
    }
    await this.#refuseTwin();
    this.#batch = new Uint8Array(timings.batchBytes);
    this.#streams = secrets.streams(secret, `${transcript}${auth.mac}\n`);
    neighbour.leading?.end("replaced by a newer connection");
    if (version > (neighbour.following?.version ?? version)) {
      neighbour.following?.end(NEWER_VERSION);
    }
    neighbour.leading = this;
    neighbour.leads++;
    neighbour.retention = auth.retention;
    const start = store.feed.resume(auth.held, { name: neighbour.name, incarnation });
    neighbour.acknowledged = neighbour.acknowledgedLive = start;
    // An ACK of version 1 proves nothing: anybody on the path may have written it.
    neighbour.acknowledgedBy = version > 1 ? incarnation : undefined;
    this.#cursors = new Cursors(store, start);
    this.#wishes = new Wishes({
      environment: this.#environment,
      keys: this.#streams,
      neighbour,
      cursors: this.#cursors,
      version,
      wake: () => this.#acked.wake(),
      isOver: () => this.#endReason !== undefined,
    });
    this.#window = new Window(clock, timings);
    this.#environment.log.info("link.followed", { neighbour: neighbour.name, position: start });
  }

  /** Keeps the process that is linked, if two have the follower's name. */
  async #refuseTwin(): Promise<void> {
    const { name, leading, following, incarnation: followed, twins } = this.#neighbour;
    const wereSeen = twins.areSeen;
    const isTwin = twins.see(
      this.#follow.incarnation,
      leading?.incarnation,
      following && followed,
    );
    if (twins.areSeen && !wereSeen) {
      const reason = `two processes are called '${name}': stop one of them`;
      this.#environment.log.error("link.twins", { neighbour: name, reason });
    }
    if (!isTwin) return;
    await writeAll(this.#connection, encode(`${TWIN}\n`));
    throw this.#error(`another process called '${name}' is linked`);
  }

  /** Streams the feed until the connection ends; always rejects with the reason. */
  async run(): Promise<never> {
    const { clock, timings } = this.#environment;
    using _cursors = this.#cursors;
    using _wishes = this.#wishes;
    using watchdog = new Watchdog(
      clock,
      timings.silenceMs,
      () => this.end("the follower is silent"),
    );
    const acks = awaitedLater(this.#readAcks(watchdog));
    try {
      await this.#write();
    } catch (error) {
      this.end(reasonOf(error));
    } finally {
      await acks;
      if (this.#neighbour.leading === this) {
        this.#neighbour.leading = undefined;
        this.#neighbour.backlogToSend = 0;
      }
    }
    throw this.#error("the connection ended");
  }

  /** The flood: a batch, its POS, and the next when the write is through. */
  async #write(): Promise<void> {
    const { clock, timings, store } = this.#environment;
    await this.#send({ length: 0, freshLines: 0, mendedLines: 0 });
    let sentMs = clock.monotonicMs();
    while (this.#endReason === undefined) {
      const batch = this.#fill();
      const { length } = batch;
      const sinceSentMs = clock.monotonicMs() - sentMs;
      const isQuiet = length === 0 && this.#wishes.answer === undefined &&
        !this.#isUntold();
      if (isQuiet && sinceSentMs < timings.heartbeatMs) {
        if (this.#isBusy()) await nextTurn(clock);
        else {
          const heartbeat = after(clock, timings.heartbeatMs - sinceSentMs);
          await until(changed(store.feed), heartbeat, this.#acked.woken, this.#ending.woken);
        }
        continue;
      }
      await this.#send(batch);
      sentMs = clock.monotonicMs();
      const pause = length < HEAVY_BATCH_BYTES ? undefined : this.#environment.pause?.();
      if (pause !== undefined) await pause;
    }
  }

  /** True if there is something to send now, or to look through. */
  #isBusy(): boolean {
    const { isLiveAtEnd, hasBacklog } = this.#cursors;
    const canMend = this.#wishes.isMending && !this.#isMendedUnderWay;
    return !isLiveAtEnd || canMend ||
      (hasBacklog && this.#wishes.isWanted && this.#window.room > 0);
  }

  /**
   * True if the follower does not know that a backlog has begun, for which it has to ask, or that one is
   * over without a line, after which it lets the next neighbour begin.
   */
  #isUntold(): boolean {
    const { position, livePosition } = this.#sent;
    const isTold = position < livePosition;
    return this.#cursors.hasBacklog ? !isTold && !this.#wishes.isWanted : isTold;
  }

  /** Fills the batch with AT lines, fresh ones first. */
  #fill(): Batch {
    const cursors = this.#cursors;
    const limit = this.#batch.length - MAX_POS_BYTES;
    const freshLimit = cursors.hasBacklog ? Math.floor(limit * (1 - BACKLOG_SHARE)) : limit;
    const skips = { left: MAX_PASSED_A_TURN };
    const linesBefore = this.#neighbour.linesSent;
    // The bit speaks of one incarnation: a neighbour that restarted since gets everything.
    const isSame = this.#neighbour.incarnation === this.#follow.incarnation;
    const bit = isSame ? this.#neighbour.bit : 0;
    const fresh = this.#take(0, {
      // Room for one line is there in any batch.
      limit: Math.max(freshLimit, MAX_AT_BYTES),
      skips,
      bit,
      next: () => cursors.nextFresh(skips),
    });
    const freshLines = this.#neighbour.linesSent - linesBefore;
    let length = fresh;
    const room = this.#wishes.isWanted ? this.#window.room : 0;
    if (room > 0) {
      // The last line may be longer than the room that is left.
      const lateLimit = Math.min(limit, fresh + room + MAX_AT_BYTES);
      const next = () => cursors.nextLate(skips);
      length = this.#take(fresh, { limit: lateLimit, skips, bit, next });
      if (length > fresh) this.#window.sent(cursors.position, length - fresh);
    }
    if (!this.#wishes.isMending || this.#isMendedUnderWay) {
      return { length, freshLines, mendedLines: 0 };
    }
    const lateLines = this.#neighbour.linesSent - linesBefore;
    const next = () => this.#wishes.nextMended(skips);
    // It is not to be relied on who is known to have what.
    const end = this.#take(length, { limit, skips, bit: 0, next });
    this.#isMendedUnderWay = end > length;
    const mendedLines = this.#neighbour.linesSent - linesBefore - lateLines;
    return { length: end, freshLines, mendedLines };
  }

  /** Puts records into the batch from `at` on, as long as they fit below `limit`; returns the end. */
  #take(at: number, { limit, skips, bit, next }: Taking): number {
    const { store, log } = this.#environment;
    const neighbour = this.#neighbour;
    const batch = this.#batch;
    while (at + MAX_AT_BYTES <= limit) {
      const record = next();
      if (record === 0) break;
      if (store.isKnownTo(record, bit) || store.isExpired(record)) {
        neighbour.linesWithheld++;
        skips.left--;
        continue;
      }
      const start = at;
      at = copyBytes(AT_PREFIX, 0, AT_PREFIX.length, batch, at);
      at = store.copyBody(record, batch, at);
      at = copyBytes(this.#suffix, 0, this.#suffix.length, batch, at);
      if (log.debugEnabled) {
        log.debug("link.out", { neighbour: neighbour.name, line: batch.subarray(start, at) });
      }
      batch[at++] = NEWLINE;
      neighbour.linesSent++;
    }
    return at;
  }

  /** Writes the batch's first `length` bytes and the POS that covers them. */
  async #send({ length, freshLines, mendedLines }: Batch): Promise<void> {
    const { position, livePosition } = this.#cursors;
    this.#environment.clock.now(this.#now);
    const isBehind = this.#isBehind();
    const pos = formatPos(
      { position, livePosition, isBehind, freshLines, mendedLines, clock: this.#now },
      this.#follow.version,
    );
    const mac = this.#streams.leader.next(this.#batch.subarray(0, length), pos);
    const line = encode(`${pos}${mac}\n`);
    this.#batch.set(line, length);
    this.#sent = { position, livePosition };
    this.#neighbour.backlogToSend = livePosition - position;
    await writeAll(this.#connection, this.#batch.subarray(0, length + line.length));
    this.#neighbour.bytesSent += length + line.length;
    if (this.#wishes.answer !== undefined) await this.#answer();
  }

  /** Answers a look; all that it has mended went before. */
  async #answer(): Promise<void> {
    const answer = this.#wishes.answer!;
    this.#wishes.answer = undefined;
    const mac = this.#streams.leader.next(NO_BYTES, answer);
    await writeAll(this.#connection, encode(`${answer}${mac}\n`));
  }

  /** Reads ACKs until the stream ends, which ends the link. */
  async #readAcks(watchdog: Watchdog): Promise<void> {
    const lines = this.#lines;
    const neighbour = this.#neighbour;
    const { version } = this.#follow;
    let workBytes = 0;
    try {
      while (await waitForLine(lines)) {
        watchdog.touch();
        workBytes += CONTROL_LINE_BYTES;
        if (workBytes >= HEAVY_BATCH_BYTES) {
          workBytes = 0;
          await this.#environment.pause?.();
        }
        const line = lineText(lines.bytes, lines.start, lines.end);
        if (version > 1 && Wishes.isWish(line)) {
          const reason = this.#wishes.take(line);
          if (reason !== undefined) return this.end(reason);
          continue;
        }
        const ack = parseAck(line, version);
        if (ack === undefined) return this.end("ACK is out of form");
        if (version > 1 && !this.#streams.follower.accepts(NO_BYTES, ack.signed, ack.mac)) {
          return this.end("ACK does not verify: the stream was altered");
        }
        if (neighbour.leading !== this) return;
        if (ack.position > this.#sent.position || ack.livePosition > this.#sent.livePosition) {
          return this.end("ACK names a position that was not sent");
        }
        neighbour.acknowledged = ack.position;
        neighbour.acknowledgedLive = ack.livePosition;
        this.#window.acknowledged(ack.position);
        this.#isMendedUnderWay = false;
        this.#acked.wake();
      }
      this.end("the follower closed the connection");
    } catch (error) {
      this.end(reasonOf(error));
    }
  }

  #error(reason: string): LinkError {
    return new LinkError(this.#endReason ?? reason);
  }
}
