// All links of one server: keeps following each neighbour, with back-off, and takes in followers.

import { inBackground } from "../base/background.ts";
import { LimitedLog } from "../base/limited_log.ts";
import { LineReader } from "../protocol/lines.ts";
import type { Acknowledged, FeedPosition } from "../store/feed.ts";
import { BacklogTurns } from "./backlog/turns.ts";
import { waitForLine } from "../protocol/lines.ts";
import { closeQuietly, type Connection } from "../base/connection.ts";
import { hostOf, networkOf } from "../base/address.ts";
import { reasonOf } from "../base/errors.ts";
import { Handshakes } from "./crowd.ts";
import { aborted, after, Backoff, onAbort, until, waitFor, WakeUp } from "../base/waiting.ts";
import { type LinkEnvironment, MismatchError, READ_AGAIN } from "./environment.ts";
import { follow, MAX_AT_BYTES } from "./follow.ts";
import type { LookResult } from "./backlog/look.ts";
import { Leading } from "./lead.ts";
import { FOLLOW, lineText, LINK_VERSION, parseFollow } from "./messages.ts";
import { Neighbour } from "./neighbour.ts";

/** A line that begins like the FOLLOW of a version that is spoken here. */
const KNOWN_VERSION = /^FOLLOW\/[12] /;

/** Links to one neighbour that are logged as lost within a minute, for each reason. */
const LOST_LINES_A_MINUTE = 5;

/** The links of one server. */
export class Links {
  readonly neighbours: ReadonlyMap<string, Neighbour>;
  readonly #environment: LinkEnvironment;
  /** For what strangers cause. */
  readonly #limitedLog: LimitedLog;
  readonly #stop = new AbortController();
  readonly #turns: BacklogTurns;
  readonly #tasks = new Set<Promise<void>>();
  readonly #leading = new Set<Leading>();
  #verifying: Promise<ReadonlyMap<string, LookResult | undefined>> | undefined;
  /** Neighbours that came to us: the next try need not wait, and waits need not have grown. */
  readonly #arrivals = new Map<string, WakeUp>();
  /** Followers that have not proved themselves. */
  readonly #handshakes: Handshakes<Leading>;

  constructor(environment: LinkEnvironment) {
    this.#environment = environment;
    this.#turns = new BacklogTurns(environment.clock, environment.timings.backlogStallMs);
    this.#handshakes = new Handshakes(environment, "handshake");
    this.#limitedLog = new LimitedLog(environment);
    this.neighbours = new Map(
      environment.neighbours.map((
        name,
        index,
      ) => [name, new Neighbour(name, index, environment.clock)]),
    );
    for (const neighbour of this.neighbours.values()) {
      neighbour.held = environment.held?.get(neighbour.name);
      this.#arrivals.set(neighbour.name, new WakeUp());
    }
  }

  /** The feed positions held now: what the store has makes them true. */
  held(): Map<string, FeedPosition> {
    const held = new Map<string, FeedPosition>();
    for (const neighbour of this.neighbours.values()) {
      if (neighbour.held !== undefined) held.set(neighbour.name, neighbour.held);
    }
    return held;
  }

  /** Followers' acknowledgements of our feed now, where they proved them. */
  acknowledged(): Map<string, Acknowledged> {
    const acknowledged = new Map<string, Acknowledged>();
    for (const { name, acknowledgedBy, acknowledged: position } of this.neighbours.values()) {
      if (acknowledgedBy === undefined) continue;
      acknowledged.set(name, { incarnation: acknowledgedBy, position });
    }
    return acknowledged;
  }

  /** True while this server reads the first backlog since its start. */
  get isBehind(): boolean {
    const neighbours = [...this.neighbours.values()];
    return neighbours.some((it) => it.backlogToRead > 0) &&
      !neighbours.some((it) => it.hasCaughtUp);
  }

  /**
   * Reads every neighbour's feed again from its start: what they gave may have been dropped here.
   * The new incarnation tells them that it is not known here what they gave.
   */
  readAgain(): void {
    this.#environment.incarnation = this.#environment.randomToken();
    for (const neighbour of this.neighbours.values()) {
      neighbour.held = undefined;
      neighbour.following?.end(READ_AGAIN);
    }
  }

  /** Begins to follow every neighbour. */
  start(): void {
    for (const neighbour of this.neighbours.values()) {
      inBackground(this.#track(this.#keepFollowing(neighbour)));
    }
    if (this.#environment.verifySeconds) inBackground(this.#track(this.#keepVerifying()));
  }

  /**
   * Looks at one neighbour after the other whether something is missing here that should not, and has it
   * sent. A neighbour without a result is not linked, not level, of an older version, or too slow.
   */
  verify(): Promise<ReadonlyMap<string, LookResult | undefined>> {
    return this.#verifying ??= this.#track(this.#verify()).finally(() =>
      this.#verifying = undefined
    );
  }

  async #verify(): Promise<ReadonlyMap<string, LookResult | undefined>> {
    const results = new Map<string, LookResult | undefined>();
    for (const [name, neighbour] of this.neighbours) {
      if (this.#stop.signal.aborted) break;
      const look = neighbour.following?.look?.()?.catch(() => undefined);
      results.set(name, look && await waitFor(look, aborted(this.#stop.signal)));
    }
    return results;
  }

  async #keepVerifying(): Promise<void> {
    const { clock, verifySeconds = 0, random } = this.#environment;
    while (!this.#stop.signal.aborted) {
      // Apart from each other, though all were started at once.
      const waitMs = verifySeconds * 1000 * (1 - random() / 10);
      await until(after(clock, waitMs), aborted(this.#stop.signal));
      if (!this.#stop.signal.aborted) await this.verify();
    }
  }

  /** Ends all links and waits until they are gone. */
  async stop(): Promise<void> {
    this.#stop.abort();
    for (const leading of this.#leading) leading.end("this server is stopping");
    await Promise.all(this.#tasks);
  }

  /** True if a connection's first line asks for a link rather than for an answer. */
  static isFollow(bytes: Uint8Array, start: number, end: number): boolean {
    return bytes[start] === FOLLOW.charCodeAt(0) &&
      /^FOLLOW\/\d+( [^ ]+){5}$/.test(lineText(bytes, start, end));
  }

  /** Serves a connection whose first line, the present one of `lines`, asks for a link. */
  serve(connection: Connection, lines: LineReader, peer: string): Promise<void> {
    return this.#track(this.#serve(connection, lines, peer, undefined));
  }

  /**
   * Serves a connection of which nothing was read yet and that can only be a link, of the server
   * `certified`: its certificate says so. Closes it.
   */
  accept(connection: Connection, peer: string, certified: string): Promise<void> {
    return this.#track(this.#accept(connection, peer, certified));
  }

  async #accept(connection: Connection, peer: string, certified: string): Promise<void> {
    const { clock, timings } = this.#environment;
    const lines = new LineReader(connection);
    let reason: string | undefined;
    const end = (why: string) => {
      reason ??= why;
      closeQuietly(connection);
    };
    const forget = onAbort(this.#stop.signal, () => end("this server is stopping"));
    const giveUp = clock.after(timings.handshakeMs, () => end("it sent no FOLLOW in time"));
    try {
      if (!(await waitForLine(lines))) end("it sent no FOLLOW");
    } catch (error) {
      end(reasonOf(error));
    } finally {
      giveUp();
      forget();
    }
    if (reason !== undefined) return this.#refuse(connection, peer, reason);
    await this.#serve(connection, lines, peer, certified);
  }

  #refuse(connection: Connection, peer: string, reason: string): void {
    this.#limitedLog.warn("link.refused", { peer, reason });
    closeQuietly(connection);
  }

  async #serve(
    connection: Connection,
    lines: LineReader,
    peer: string,
    certified: string | undefined,
  ): Promise<void> {
    const { log } = this.#environment;
    const line = lineText(lines.bytes, lines.start, lines.end);
    const refused = (reason: string) => this.#refuse(connection, peer, reason);
    if (this.#stop.signal.aborted) return refused("this server is stopping");
    const checked = this.#check(line, lines.isOverlong, certified);
    if (typeof checked === "string") return refused(checked);
    lines.maxLineBytes = MAX_AT_BYTES;
    const { neighbour, follow } = checked;
    const isBehind = () => this.isBehind;
    const leading = new Leading(
      this.#environment,
      { neighbour, follow, connection, lines, isBehind },
    );
    this.#leading.add(leading);
    try {
      using _handshake = this.#handshakes.begin(leading, networkOf(hostOf(peer)));
      await leading.shakeHands(line);
    } catch (error) {
      this.#leading.delete(leading);
      return refused(leading.endReason ?? reasonOf(error));
    }
    this.#arrivals.get(neighbour.name)!.wake();
    try {
      await leading.run();
    } catch (error) {
      log.info("link.unfollowed", { neighbour: neighbour.name, reason: reasonOf(error) });
    } finally {
      this.#leading.delete(leading);
      closeQuietly(connection);
    }
  }

  /** A FOLLOW that is in order, or why it is not. */
  #check(line: string, isOverlong: boolean, certified: string | undefined) {
    const { herd, self, version = LINK_VERSION } = this.#environment;
    const follow = isOverlong ? undefined : parseFollow(line);
    if (follow === undefined || follow.version > version) {
      if (!line.startsWith(FOLLOW)) return "it does not ask for a link";
      return KNOWN_VERSION.test(line) && follow === undefined
        ? "FOLLOW is out of form"
        : "another protocol version";
    }
    if (certified !== undefined && certified !== follow.follower) {
      return `FOLLOW comes from '${follow.follower}', but its certificate is of '${certified}'`;
    }
    if (follow.herd !== herd) return `FOLLOW is for another herd, '${follow.herd}'`;
    if (follow.leader !== self) return `FOLLOW is for another server, '${follow.leader}'`;
    if (follow.follower === self) return "FOLLOW comes from this server's own name";
    const neighbour = this.neighbours.get(follow.follower);
    if (neighbour === undefined) return `'${follow.follower}' is not a neighbour`;
    return { follow, neighbour };
  }

  async #keepFollowing(neighbour: Neighbour): Promise<void> {
    const { clock, log, timings, random } = this.#environment;
    const { firstBackoffMs: firstMs, maxBackoffMs: maxMs } = timings;
    const backoff = new Backoff({ firstMs, maxMs, random });
    const arrival = this.#arrivals.get(neighbour.name)!.woken;
    /** A link may be lost again and again, for days. */
    const lostLog = new LimitedLog({ log, clock, lines: LOST_LINES_A_MINUTE });
    /** The reason why it could not be reached, as it was told last: a neighbour may be away for days. */
    let told: string | undefined;
    while (!this.#stop.signal.aborted) {
      const { follows, leads, held } = neighbour;
      const beganMs = clock.monotonicMs();
      let reason: string;
      let level: "info" | "warn" = "info";
      try {
        await follow(this.#environment, neighbour, {
          signal: this.#stop.signal,
          turns: this.#turns,
        });
      } catch (error) {
        reason = reasonOf(error);
        if (error instanceof MismatchError) level = "warn";
      }
      if (this.#stop.signal.aborted) return;
      const wasFollowed = neighbour.follows > follows;
      // A handshake is no progress: what ended the link may end the next one just as fast.
      const hasProgressed = wasFollowed &&
        (clock.monotonicMs() - beganMs > maxMs || isFurther(neighbour.held, held));
      const cameToUs = !wasFollowed && neighbour.leads > leads;
      if (hasProgressed || cameToUs) backoff.reset();
      const waitMs = backoff.next();
      const fields = { neighbour: neighbour.name, reason: reason!, nextTryMs: waitMs };
      if (wasFollowed) lostLog.warn("link.lost", fields);
      else if (reason! === told) log.debug("link.unreachable", fields);
      else log[level]("link.unreachable", fields);
      told = wasFollowed ? undefined : reason!;
      const waits = [after(clock, waitMs), aborted(this.#stop.signal)];
      const isHurried = !wasFollowed || hasProgressed;
      const first = await until(...waits, ...isHurried ? [arrival] : []);
      if (first === arrival) backoff.reset();
    }
  }

  #track<T>(task: Promise<T>): Promise<T> {
    // The caller takes what the task rejects with.
    const ended = inBackground(task, () => {}).finally(() => this.#tasks.delete(ended));
    this.#tasks.add(ended);
    return task;
  }
}

/** True if a position held is of another feed, of which something was read, or further on. */
function isFurther(held: FeedPosition | undefined, before: FeedPosition | undefined): boolean {
  if (held === undefined) return false;
  return held.position > (held.feedId === before?.feedId ? before.position : 0);
}
