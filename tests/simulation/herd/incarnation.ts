// One incarnation of a simulated server: what a process has in memory, from its start to its end. It is
// made of the project's own store, sink and links, over simulated wires, disk and time.

import type { Clock } from "../../../src/base/clock.ts";
import { encode } from "../../../src/base/bytes.ts";
import { Instant } from "../../../src/base/instant.ts";
import { LineReader } from "../../../src/protocol/lines.ts";
import type { Log } from "../../../src/base/log.ts";
import { parseRequest, Request } from "../../../src/protocol/request.ts";
import { Update, writeBody } from "../../../src/protocol/update.ts";
import { waitForLine } from "../../../src/protocol/lines.ts";
import { closeQuietly } from "../../../src/base/connection.ts";
import { Links } from "../../../src/flood/links.ts";
import { forget } from "../../../src/server/records/forget.ts";
import { Retention } from "../../../src/server/records/retention.ts";
import { ExpiryClock } from "../../../src/server/records/expiry_clock.ts";
import { lookAtClocks } from "../../../src/server/peer_clocks.ts";
import type { Disk } from "../../../src/store/disk.ts";
import { DurableSink } from "../../../src/store/durable_sink.ts";
import type { FeedPosition } from "../../../src/store/feed.ts";
import { restore } from "../../../src/store/restore.ts";
import { Store } from "../../../src/store/store.ts";
import type { IncarnationOfServer, Parts, ServerOfHerd } from "./relations.ts";
import type { End } from "../world/wires.ts";
import { CLIENT } from "../../../src/store/source.ts";

// Requests are taken one at a time and to the end, so all incarnations share these.
const request = new Request();
const receivedAt = new Instant();
const update = new Update();
const body = new Uint8Array(8 * 1024);

/** One incarnation of a server. */
export class Incarnation implements IncarnationOfServer {
  readonly server: ServerOfHerd;
  readonly clock: Clock;
  /** The name of its feed, once it has read its disk. */
  feedId = "";
  /** After how many more steps it dies: soon after a batch, a timer or a commit. */
  fuse = Infinity;
  #parts: Parts | undefined;
  #retention: Retention | undefined;
  #isOver = false;
  #isPaused = false;
  #isStopping = false;
  /** What waits for the process to go on. */
  readonly #waiting: (() => void)[] = [];
  readonly #ends = new Set<End>();

  constructor(server: ServerOfHerd) {
    const { world } = server.herd;
    this.server = server;
    this.clock = {
      now: (into) => world.tell(server.clockOffsetMs, into),
      monotonicMs: () => world.nowMs,
      after: (ms, callback) => world.after(ms, () => this.enter(callback)),
    };
  }

  get isOn(): boolean {
    return this.server.isOn;
  }

  /** True if the process exists. */
  get isAlive(): boolean {
    return !this.#isOver;
  }

  /** True if it takes connections. */
  get isListening(): boolean {
    return this.isAlive && this.#parts !== undefined && !this.#isStopping;
  }

  /** Its parts, once it has read its disk, and until it begins to stop. */
  get parts(): Parts | undefined {
    return this.isListening ? this.#parts : undefined;
  }

  enter(run: () => void): void {
    if (this.#isOver) return;
    if (this.#isPaused) return void this.#waiting.push(run);
    run();
    if (--this.fuse === 0) this.server.herd.world.after(0, () => this.server.kill());
  }

  /** Reads the disk, and begins to serve and to follow. */
  async start(log: Log): Promise<void> {
    const { herd: { fault, setup, world }, disk, ledger } = this.server;
    const opened = await disk?.open(this);
    // A disk may have been replaced since the incarnation before.
    if (disk !== undefined) ledger.fellBackTo(disk.records());
    const feedId = this.feedId = fault.feedId?.(this) ?? world.token();
    const trusted = opened && (fault.disk?.(opened, this) ?? opened);
    const { store, held } = await this.#restore(trusted, feedId);
    fault.store?.(store, this);
    this.#keepLedger(store);
    ledger.check(store);
    const links = this.#newLinks(store, held, log);
    const sink = trusted && this.#newSink(store, links, trusted, log);
    const { retainSeconds } = setup;
    if (retainSeconds !== undefined) {
      const erase = () => sink?.erase();
      const { clock } = this;
      const { neighbours } = links;
      const verdict = () => lookAtClocks(clock, { neighbours, backbone: undefined }).verdict;
      const expiry = fault.expiry?.(clock) ?? new ExpiryClock(clock, verdict);
      const readAgain = () => links.readAgain();
      this.#retention = new Retention(store, { clock, retainSeconds, expiry, erase, readAgain });
    }
    this.#parts = { store, links, sink };
    sink?.start();
    links.start();
  }

  /** Takes a connection from a neighbour. */
  accept(end: End, neighbour: string): void {
    this.#ends.add(end);
    void this.#serve(end, neighbour).finally(() => this.#ends.delete(end));
  }

  /** Takes an IAMAT of a client, as a session does. */
  tell(line: string): void {
    const { ledger, name, herd, disk } = this.server;
    const parts = this.parts;
    if (parts === undefined) return;
    const { store, sink } = parts;
    const bytes = encode(line);
    this.clock.now(receivedAt);
    parseRequest(bytes, 0, bytes.length, request);
    writeBody(encode(name), receivedAt, request, bytes, body, 0, update);
    store.apply(update, CLIENT);
    // The reply confirms what the server knows at this moment, whether the request changed it or not.
    const known = ledger.newest(line.split(" ")[1]!);
    if (known === undefined || herd.setup.durability !== "commit") return;
    const durable = sink!.whenDurable() ?? Promise.resolve();
    durable.then(() => {
      // What is promised on a disk that is gone already counts for nothing.
      if (this.isAlive && !disk!.isReplaced) ledger.promised(known);
    }, () => {});
  }

  /** Takes the order to forget a client, as a removal that is newer than all that it knows. */
  forget(client: string): void {
    const { store } = this.parts ?? {};
    if (store === undefined) return;
    const name = encode(this.server.name);
    forget({ name, store, clock: this.clock, maxRemovals: Infinity }, encode(client));
  }

  /** Ends as an order to stop makes it: everything is saved, if the disk takes it. */
  async stop(): Promise<void> {
    const { links, sink } = this.#parts!;
    this.#isStopping = true;
    await links.stop();
    this.#retention?.[Symbol.dispose]();
    await sink?.close();
    this.end();
  }

  /** Stands still, as SIGSTOP does: bytes and timers wait. */
  pause(): void {
    this.#isPaused = true;
  }

  /** Goes on. */
  resume(): void {
    if (!this.#isPaused) return;
    this.#isPaused = false;
    const { world } = this.server.herd;
    for (const run of this.#waiting.splice(0)) world.after(0, () => this.enter(run));
  }

  /** The process is no more, and the machine closes its connections if it has power. */
  end(): void {
    this.#isOver = true;
    for (const end of this.#ends) {
      if (this.isOn) end.close();
      else end.abandon();
    }
    this.#ends.clear();
  }

  async #restore(disk: Disk | undefined, feedId: string) {
    const seed = this.server.herd.world.below(2 ** 32);
    if (disk !== undefined) return await restore(disk, { feedId, seed });
    return { store: new Store(feedId, seed), held: undefined };
  }

  #newLinks(store: Store, held: ReadonlyMap<string, FeedPosition> | undefined, log: Log): Links {
    const { herd, name } = this.server;
    const { world, fault, setup } = herd;
    return new Links({
      herd: "simulated",
      self: name,
      incarnation: fault.incarnationId?.(this) ?? world.token(),
      neighbours: herd.neighboursOf(name),
      store,
      ...held && { held },
      secrets: setup.secrets,
      retainSeconds: setup.retainSeconds,
      verifySeconds: setup.verifySeconds,
      version: setup.older.has(name) ? 1 : undefined,
      clock: this.clock,
      log,
      timings: setup.linkTimings,
      randomToken: () => world.token(),
      random: world.random,
      dial: async (neighbour, signal) => {
        const end = await herd.dial(this, neighbour, signal);
        this.#ends.add(end);
        return fault.following?.(end, this, neighbour) ?? end;
      },
    });
  }

  #newSink(store: Store, links: Links, disk: Disk, log: Log): DurableSink {
    const { setup } = this.server.herd;
    return new DurableSink({
      store,
      disk,
      segments: disk.saved.segments,
      durability: setup.durability === "commit" ? "commit" : "relaxed",
      clock: this.clock,
      log,
      timings: setup.sinkTimings,
      held: () => links.held(),
      acknowledged: () => links.acknowledged(),
    });
  }

  async #serve(end: End, neighbour: string): Promise<void> {
    const connection = this.server.herd.fault.leading?.(end, this) ?? end;
    const lines = new LineReader(connection);
    try {
      if (!(await waitForLine(lines))) return;
      if (!Links.isFollow(lines.bytes, lines.start, lines.end)) return;
      await this.#parts!.links.serve(connection, lines, neighbour);
    } catch {
      // The wire broke before its first line was through.
    } finally {
      closeQuietly(end);
    }
  }

  #keepLedger(store: Store): void {
    const { ledger } = this.server;
    const apply = store.apply.bind(store);
    const decoder = new TextDecoder();
    store.apply = (update, from) => {
      const applied = apply(update, from);
      const { bytes, start, end } = update;
      if (applied === "newer") ledger.took(decoder.decode(bytes.subarray(start, end)));
      return applied;
    };
  }
}
