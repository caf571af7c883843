// The leading end of a link: answers a follower, and once it has proved itself, streams the feed
// to it from its own cursor. This is the flood task of that follower.

import { awaitedLater, inBackground } from "../base/background.ts";
import { copyBytes, encode, NEWLINE } from "../base/bytes.ts";
import { Instant } from "../base/instant.ts";
import type { LineReader } from "../protocol/lines.ts";
import { AT_PREFIX } from "../protocol/update.ts";
import { waitForLine } from "../protocol/lines.ts";
import { closeQuietly, type Connection, writeAll } from "../base/connection.ts";
import { reasonOf } from "../base/errors.ts";
import { after, changed, nextTurn, until, WakeUp } from "../base/waiting.ts";
import { Cursors, type Skips } from "./backlog/cursors.ts";
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
  parseSums,
  parseWant,
  SUMS,
  TWIN,
  WANT,
} from "./messages.ts";
import type { Neighbour } from "./neighbour.ts";
import { addAll, ReceivedSums, Sums } from "./backlog/sums.ts";
import { Watchdog } from "./watchdog.ts";
import { Window } from "./backlog/window.ts";

/** Records that are passed over in one turn; then clients have theirs. */
const MAX_PASSED_A_TURN = 10_000;

/** The share of a batch that fresh news leaves to a backlog: a busy link must not starve it. */
const BACKLOG_SHARE = 0.25;

/** The most of a backlog in one batch: fresh news that comes next waits until it was applied. */
const MAX_LATE_BYTES = 32 * 1024;

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
  /** True once the follower wants the backlog; in version 1 from the beginning. */
  #isWanted = false;
  /** True once it has asked for it: it may be that sums are compared first. */
  #isAsked = false;
  #received: ReceivedSums | undefined;
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

  /** Why this end closed the connection, if it did. */
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
    this.#isWanted = version === 1;
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
    await this.#send(0, 0);
    let sentMs = clock.monotonicMs();
    while (this.#endReason === undefined) {
      const { length, freshLines } = this.#fill();
      const sinceSentMs = clock.monotonicMs() - sentMs;
      if (length === 0 && sinceSentMs < timings.heartbeatMs && !this.#hasUntoldBacklog()) {
        if (this.#isBusy()) await nextTurn(clock);
        else {
          const heartbeat = after(clock, timings.heartbeatMs - sinceSentMs);
          await until(changed(store.feed), heartbeat, this.#acked.woken, this.#ending.woken);
        }
        continue;
      }
      await this.#send(length, freshLines);
      sentMs = clock.monotonicMs();
      const pause = length < HEAVY_BATCH_BYTES ? undefined : this.#environment.pause?.();
      if (pause !== undefined) await pause;
    }
  }

  /** True if there is something to send now, or to look through. */
  #isBusy(): boolean {
    const { isLiveAtEnd, hasBacklog } = this.#cursors;
    return !isLiveAtEnd || (hasBacklog && this.#isWanted && this.#window.room > 0);
  }

  /** True if there is a backlog of which the follower, which has to ask for it, does not know. */
  #hasUntoldBacklog(): boolean {
    const { position, livePosition } = this.#sent;
    return this.#cursors.hasBacklog && !this.#isWanted && position === livePosition;
  }

  /** Fills the batch with AT lines, fresh ones first. */
  #fill(): { length: number; freshLines: number } {
    const cursors = this.#cursors;
    const limit = this.#batch.length - MAX_POS_BYTES;
    const freshLimit = cursors.hasBacklog ? Math.floor(limit * (1 - BACKLOG_SHARE)) : limit;
    const skips = { left: MAX_PASSED_A_TURN };
    const linesBefore = this.#neighbour.linesSent;
    // Room for one line is there in any batch.
    const nextFresh = () => cursors.nextFresh(skips);
    const fresh = this.#take(0, Math.max(freshLimit, MAX_AT_BYTES), skips, nextFresh);
    const freshLines = this.#neighbour.linesSent - linesBefore;
    const room = this.#isWanted ? Math.min(this.#window.room, MAX_LATE_BYTES) : 0;
    if (room === 0) return { length: fresh, freshLines };
    // The last line may be longer than the room that is left.
    const lateLimit = Math.min(limit, fresh + room + MAX_AT_BYTES);
    const length = this.#take(fresh, lateLimit, skips, () => cursors.nextLate(skips));
    if (length > fresh) this.#window.sent(cursors.position, length - fresh);
    return { length, freshLines };
  }

  /** Puts records into the batch from `at` on, as long as they fit below `limit`; returns the end. */
  #take(at: number, limit: number, skips: Skips, next: () => number): number {
    const { store, log } = this.#environment;
    const neighbour = this.#neighbour;
    const batch = this.#batch;
    // The bit speaks of one incarnation: a neighbour that restarted since gets everything.
    const bit = neighbour.incarnation === this.#follow.incarnation ? neighbour.bit : 0;
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
  async #send(length: number, freshLines: number): Promise<void> {
    const { position, livePosition } = this.#cursors;
    this.#environment.clock.now(this.#now);
    const isBehind = this.#isBehind();
    const pos = formatPos(
      { position, livePosition, isBehind, freshLines, mendedLines: 0, clock: this.#now },
      this.#follow.version,
    );
    const mac = this.#streams.leader.next(this.#batch.subarray(0, length), pos);
    const line = encode(`${pos}${mac}\n`);
    this.#batch.set(line, length);
    this.#sent = { position, livePosition };
    this.#neighbour.backlogToSend = livePosition - position;
    await writeAll(this.#connection, this.#batch.subarray(0, length + line.length));
    this.#neighbour.bytesSent += length + line.length;
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
        if (version > 1 && (line.startsWith(SUMS) || line.startsWith(WANT))) {
          const reason = this.#takeWish(line);
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
        this.#acked.wake();
      }
      this.end("the follower closed the connection");
    } catch (error) {
      this.end(reasonOf(error));
    }
  }

  /** Takes WANT or SUMS; returns what is wrong with it. */
  #takeWish(line: string): string | undefined {
    const sums = parseSums(line);
    const wish = sums ?? parseWant(line);
    if (wish === undefined) return "WANT or SUMS is out of form";
    if (!this.#streams.follower.accepts(NO_BYTES, wish.signed, wish.mac)) {
      return "WANT or SUMS does not verify: the stream was altered";
    }
    if (this.#isAsked) return "the follower asks twice for the backlog";
    if (sums !== undefined) {
      this.#received ??= ReceivedSums.begin(this.#streams.sums, sums);
      return this.#received?.take(sums) ? undefined : "SUMS is not the next part";
    }
    if (this.#received?.isWhole === false) return "WANT comes before all sums";
    this.#isAsked = true;
    if (this.#received === undefined) this.#beginBacklog();
    else inBackground(this.#compare(this.#received));
  }

  #beginBacklog(): void {
    this.#isWanted = true;
    this.#acked.wake();
  }

  /** Passes over what the follower has by its sums, and begins the backlog. */
  async #compare({ sums: theirs, horizon }: ReceivedSums): Promise<void> {
    const { store } = this.#environment;
    const sums = new Sums(this.#streams.sums, theirs.buckets);
    await addAll(sums, { store, horizon, pause: () => this.#environment.pause?.() });
    if (this.#endReason !== undefined) return;
    this.#cursors.passOver((record) => {
      const isHad = sums.isEqual(theirs, sums.bucketOf(store, record));
      if (isHad) this.#neighbour.linesWithheld++;
      return isHad;
    });
    this.#beginBacklog();
  }

  #error(reason: string): LinkError {
    return new LinkError(this.#endReason ?? reason);
  }
}
