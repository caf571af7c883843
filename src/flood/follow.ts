// The following end of a link: dials a neighbour, proves itself, reads its feed, and applies each
// batch when the POS after it has verified. One call is one connection; links.ts calls again.

import { awaitedLater } from "../base/background.ts";
import { encode, NEWLINE, startsWith } from "../base/bytes.ts";
import { Instant } from "../base/instant.ts";
import { LineReader, MAX_LINE_BYTES, waitForLine } from "../protocol/lines.ts";
import {
  AT_PREFIX,
  MAX_BODY_GROWTH_BYTES,
  MAX_NAME_BYTES,
  parseBody,
  Update,
} from "../protocol/update.ts";
import { closeQuietly, type Connection, writeAll } from "../base/connection.ts";
import { onAbort } from "../base/waiting.ts";
import {
  CONTROL_LINE_BYTES,
  HEAVY_BATCH_BYTES,
  type LinkEnvironment,
  LinkError,
  MismatchError,
  READ_AGAIN,
} from "./environment.ts";
import { BacklogRequest } from "./backlog/backlog_request.ts";
import { type LookResult, Looks } from "./backlog/look.ts";
import { ClockCheck } from "./clock_check.ts";
import type { LinkKeys } from "./mac.ts";
import {
  type Ack,
  DIFF,
  formatAck,
  formatAuth,
  formatFollow,
  lineText,
  type LinkVersion,
  parseLead,
  parsePos,
  type Pos,
  TWIN,
} from "./messages.ts";
import type { Neighbour, Stream } from "./neighbour.ts";
import type { BacklogTurns } from "./backlog/turns.ts";
import { compareRetention } from "./retention.ts";
import { Watchdog } from "./watchdog.ts";

/** The longest AT line between servers: a client's longest line, what a body adds, the sender. */
export const MAX_AT_BYTES = MAX_LINE_BYTES + MAX_BODY_GROWTH_BYTES + MAX_NAME_BYTES + 8;

const NO_BYTES = new Uint8Array(0);

/** A link is of an older version than the neighbour speaks. */
export const NEWER_VERSION = "the neighbour speaks a newer version of the protocol";

/**
 * Follows `neighbour` until the connection ends. Rejects with a `LinkError` or the connection's
 * own error, always: a link has no good end. `signal` closes it; `turns` are those of all neighbours.
 */
export async function follow(
  environment: LinkEnvironment,
  neighbour: Neighbour,
  { signal, turns }: { readonly signal: AbortSignal; readonly turns: BacklogTurns },
): Promise<never> {
  const { clock, timings } = environment;
  const ending = new AbortController();
  const end = (reason: string) => ending.abort(new LinkError(reason));
  const forget = onAbort(signal, () => end("this server is stopping"));
  const giveUp = clock.after(timings.handshakeMs, () => end("handshake took too long"));
  let connection: Connection | undefined;
  let session: Following | undefined;
  try {
    connection = await environment.dial(neighbour.name, ending.signal);
    const opened = connection;
    onAbort(ending.signal, () => closeQuietly(opened));
    ending.signal.throwIfAborted();
    session = new Following(environment, { neighbour, connection, turns, end });
    await session.shakeHands();
    giveUp();
    await session.read();
    throw new LinkError("the neighbour closed the connection");
  } catch (error) {
    neighbour.declined = session?.isAnswered === false && !ending.signal.aborted
      ? session.version
      : undefined;
    // A read that our own close interrupted is not the reason.
    throw ending.signal.aborted ? ending.signal.reason : error;
  } finally {
    giveUp();
    forget();
    session?.[Symbol.dispose]();
    if (connection !== undefined) closeQuietly(connection);
  }
}

/** One connection to a leader. */
class Following implements Stream, Disposable {
  readonly #environment: LinkEnvironment;
  readonly #neighbour: Neighbour;
  readonly #connection: Connection;
  readonly #end: (reason: string) => void;
  readonly #lines: LineReader;
  readonly version: LinkVersion;
  /** True once LEAD, or what came in its place, was read. */
  isAnswered = false;
  #streams!: LinkKeys;
  readonly #turns: BacklogTurns;
  readonly #clocks: ClockCheck;
  #backlog: BacklogRequest | undefined;
  #looks: Looks | undefined;
  #feedId = "";
  /** The one that FOLLOW named: what another one held is not what this server has. */
  readonly #incarnation: string;
  #watchdog: Watchdog | undefined;

  /** The batch: whole AT lines with their newlines, held until the POS after them verified. */
  readonly #batch: Uint8Array;
  #batchBytes = 0;
  readonly #update = new Update();
  readonly #suffix: Uint8Array;
  readonly #now = new Instant();

  #sending: Promise<void> = Promise.resolve();
  #ackUnderWay = false;
  #ackWanted: Ack | undefined;
  #cancelAck: () => void = () => {};

  constructor(
    environment: LinkEnvironment,
    { neighbour, connection, turns, end }: {
      readonly neighbour: Neighbour;
      readonly connection: Connection;
      readonly turns: BacklogTurns;
      end(reason: string): void;
    },
  ) {
    this.#environment = environment;
    this.#neighbour = neighbour;
    this.#incarnation = environment.incarnation;
    this.#clocks = new ClockCheck(environment, neighbour);
    this.#connection = connection;
    this.#turns = turns;
    this.#end = end;
    this.#lines = new LineReader(connection, MAX_AT_BYTES);
    this.version = environment.version ?? neighbour.versionToTry;
    this.#batch = new Uint8Array(environment.timings.batchBytes);
    this.#suffix = encode(` ${neighbour.name}`);
  }

  [Symbol.dispose](): void {
    this.#cancelAck();
    this.#backlog?.[Symbol.dispose]();
    this.#looks?.end();
    this.#watchdog?.[Symbol.dispose]();
    if (this.#neighbour.following === this) {
      this.#neighbour.following = undefined;
      this.#neighbour.backlogToRead = 0;
    }
  }

  end(reason: string): void {
    this.#end(reason);
  }

  look(): Promise<LookResult | undefined> | undefined {
    return this.#neighbour.backlogToRead === 0 ? this.#looks?.look() : undefined;
  }

  async shakeHands(): Promise<void> {
    const { herd, self, secrets, clock, store, retainSeconds = null } = this.#environment;
    const { version } = this;
    const neighbour = this.#neighbour;
    const request = formatFollow({
      version,
      herd,
      follower: self,
      leader: neighbour.name,
      incarnation: this.#incarnation,
      nonce: this.#environment.randomToken(),
    });
    await writeAll(this.#connection, encode(`${request}\n`));
    const answer = await this.#readText();
    this.isAnswered = true;
    const lead = parseLead(answer, version);
    if (lead === undefined) {
      throw new MismatchError(
        answer === `? ${request}`
          ? "the neighbour takes us for a client: are its links at another address, or over TLS?"
          : "LEAD is out of form",
      );
    }
    if (lead.leader !== neighbour.name) {
      throw new MismatchError(`the server that answers calls itself '${lead.leader}'`);
    }
    if (secrets.verify("leader", `${request}\n${lead.signed}`, lead.mac) < 0) {
      throw new MismatchError("LEAD does not verify: do both servers have the same secret?");
    }
    this.#clocks.compare(lead.clock);
    if (neighbour.incarnation !== lead.incarnation) {
      store.forgetKnownTo(neighbour.bit);
      neighbour.incarnation = lead.incarnation;
    }
    compareRetention(this.#environment, neighbour, lead.retention);
    this.#feedId = lead.feedId;
    const { held } = neighbour;
    clock.now(this.#now);
    const auth = formatAuth({ held, retention: retainSeconds, clock: this.#now }, version);
    const transcript = `${request}\n${answer}\n${auth}`;
    const mac = secrets.sign("follower", transcript);
    this.#streams = secrets.streams(0, `${transcript}${mac}\n`);
    if (version > 1) {
      this.#backlog = new BacklogRequest({
        environment: this.#environment,
        turns: this.#turns,
        neighbour,
        key: this.#streams.sums,
        send: (line) => this.#send(line),
        fail: () => this.#end("the neighbour takes no sums"),
      });
      this.#looks = new Looks({
        environment: this.#environment,
        neighbour,
        keys: this.#streams,
        send: (line) => this.#send(line),
      });
    }
    await writeAll(this.#connection, encode(`${auth}${mac}\n`));
    if (version < (neighbour.leading?.version ?? version)) throw new LinkError(NEWER_VERSION);
    neighbour.following?.end("replaced by a newer connection");
    neighbour.following = this;
    // The first POS says where the leader starts: until it has verified, nothing is held.
    const first = await this.#readText();
    if (first === TWIN) this.#meetTwin();
    if (!first.startsWith("POS ")) throw new MismatchError("the leader did not begin with POS");
    this.#finishBatch(first);
    neighbour.follows++;
    this.#watchdog = new Watchdog(
      clock,
      this.#environment.timings.silenceMs,
      () => this.#end("the neighbour is silent"),
    );
    this.#environment.log.info("link.following", {
      neighbour: neighbour.name,
      position: neighbour.held!.position,
    });
  }

  /** Ends the link: news of this process reaches nobody until somebody stops it, or the other one. */
  #meetTwin(): never {
    const { log, self } = this.#environment;
    const { name, twins } = this.#neighbour;
    const reason = `another process called '${self}' is linked with '${name}': stop one of them`;
    if (!twins.isOwn) log.error("link.twins", { neighbour: name, reason });
    twins.seeOwn();
    throw new LinkError(reason);
  }

  /** Reads batches until the stream ends. */
  async read(): Promise<void> {
    const lines = this.#lines;
    /** Work since the last pause, and the bytes that had been read then. */
    let workBytes = 0;
    let { bytesRead } = lines;
    do {
      this.#watchdog!.touch();
      // AT lines lie one behind the other: they are held in one piece, not line by line.
      let first = 0;
      let last = 0;
      while (lines.nextLine()) {
        const { bytes, start, end } = lines;
        if (lines.isOverlong) throw new LinkError("a line is too long");
        if (bytes[start] === AT_PREFIX[0]) {
          if (first === last) first = start;
          last = end + 1;
        } else {
          this.#hold(first, last);
          first = last;
          this.#finishBatch(lineText(bytes, start, end));
          workBytes += CONTROL_LINE_BYTES;
          if (workBytes >= HEAVY_BATCH_BYTES) {
            workBytes = 0;
            await this.#environment.pause?.();
          }
        }
      }
      this.#hold(first, last);
      this.#sendAck();
      workBytes += lines.bytesRead - bytesRead;
      bytesRead = lines.bytesRead;
      if (workBytes >= HEAVY_BATCH_BYTES) {
        workBytes = 0;
        const pause = this.#environment.pause?.();
        if (pause !== undefined) await pause;
      }
    } while (!(await lines.next()).done);
  }

  /** Holds bytes of the present chunk: whole AT lines with their newlines. */
  #hold(start: number, end: number): void {
    if (start === end) return;
    if (this.#batchBytes + end - start > this.#batch.length) {
      throw new LinkError("a batch is too long");
    }
    this.#batch.set(this.#lines.bytes.subarray(start, end), this.#batchBytes);
    this.#batchBytes += end - start;
  }

  #finishBatch(line: string): void {
    if (this.#looks !== undefined && line.startsWith(DIFF)) {
      const reason = this.#batchBytes > 0 ? "DIFF is out of place" : this.#looks.take(line);
      if (reason !== undefined) throw new LinkError(reason);
      return;
    }
    const neighbour = this.#neighbour;
    const pos = parsePos(line, this.version);
    if (pos === undefined) throw new LinkError("a line is out of form");
    const batch = this.#batch.subarray(0, this.#batchBytes);
    if (!this.#streams.leader.accepts(batch, pos.signed, pos.mac)) {
      throw new LinkError("POS does not verify: the stream was altered");
    }
    // What an abandoned connection still delivers is ignored.
    if (neighbour.following !== this) throw new LinkError("replaced by a newer connection");
    if (this.#incarnation !== this.#environment.incarnation) throw new LinkError(READ_AGAIN);
    this.#applyBatch(batch, pos);
    neighbour.held = { feedId: this.#feedId, position: pos.position };
    neighbour.bytesReceived += this.#batchBytes + line.length + 1;
    this.#batchBytes = 0;
    // A heartbeat was written just now; the POS of a long batch may have waited behind it.
    if (batch.length === 0) this.#clocks.compare(pos.clock);
    neighbour.backlogToRead = pos.livePosition - pos.position;
    neighbour.hasCaughtUp ||= neighbour.backlogToRead === 0 && !pos.isBehind;
    this.#ackWanted = pos;
    this.#backlog?.see(pos);
  }

  /** Applies a batch of fresh news, and then some of a backlog, and then what should be here already. */
  #applyBatch(batch: Uint8Array, { freshLines, mendedLines }: Pos): void {
    const neighbour = this.#neighbour;
    const update = this.#update;
    const { log } = this.#environment;
    let linesLeft = mendedLines === 0 ? 0 : batch.reduce((n, it) => it === NEWLINE ? n + 1 : n, 0);
    for (let start = 0, left = freshLines; start < batch.length; left--, linesLeft--) {
      const end = batch.indexOf(NEWLINE, start);
      const bodyEnd = end - this.#suffix.length;
      if (
        !startsWith(batch, start, end, AT_PREFIX) ||
        !startsWith(batch, bodyEnd, end, this.#suffix) ||
        !parseBody(batch, start + AT_PREFIX.length, bodyEnd, update)
      ) throw new LinkError("AT is out of form, or names another sender");
      neighbour.linesReceived++;
      if (log.debugEnabled) {
        log.debug("link.in", { neighbour: neighbour.name, line: batch.subarray(start, end) });
      }
      const applied = this.#environment.store.apply(
        update,
        left > 0 ? neighbour.fresh : neighbour.late,
      );
      if (applied !== "newer") neighbour.duplicatesReceived++;
      else if (linesLeft > 0 && linesLeft <= mendedLines) this.#looks?.noteMended();
      start = end + 1;
    }
  }

  /** Sends the latest ACK; one at a time and not too often, never waited for by the reader. */
  #sendAck(): void {
    if (this.#ackUnderWay || this.#ackWanted === undefined) return;
    this.#ackUnderWay = true;
    const ack = formatAck(this.#ackWanted, this.version);
    this.#ackWanted = undefined;
    const goOn = () => {
      this.#ackUnderWay = false;
      this.#sendAck();
    };
    const [{ clock, timings }, neighbour] = [this.#environment, this.#neighbour];
    this.#send(ack).then(
      () => {
        // One that has ended meanwhile keeps no timer; of a backlog the leader sends more when it hears.
        if (neighbour.following !== this) return;
        if (neighbour.backlogToRead > 0) goOn();
        else this.#cancelAck = clock.after(timings.ackMs, goOn);
      },
      () => this.#end("the neighbour does not take ACK"),
    );
  }

  /** Sends a line with its MAC, behind those before it. */
  #send(line: string): Promise<void> {
    const mac = this.version === 1 ? "" : this.#streams.follower.next(NO_BYTES, line);
    const bytes = encode(`${line}${mac}\n`);
    return this.#sending = awaitedLater(
      this.#sending.then(() => writeAll(this.#connection, bytes)),
    );
  }

  async #readText(): Promise<string> {
    const lines = this.#lines;
    if (!(await waitForLine(lines))) throw new LinkError("the neighbour closed the connection");
    return lineText(lines.bytes, lines.start, lines.end);
  }
}
