// The durable sink: a reader of the change feed that keeps a disk up to date, a transaction at a
// time. The last records of a transaction, the positions held, and what followers have acknowledged
// are taken in one turn, so that all
// of it is the state of one instant.
//
// The disk is a log of segments. New changes are appended; small segments at the end are merged
// into the new one, like the digits of a binary counter; and when more than half of all that was
// written is superseded, segments are rewritten from the feed, which knows what is still current.

import { inBackground } from "../base/background.ts";
import type { Clock } from "../base/clock.ts";
import { reasonOf } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { after, changed, nextTurn, until, WakeUp } from "../base/waiting.ts";
import { Compactor, NOTHING } from "./compactor.ts";
import {
  type Disk,
  DiskError,
  type Segment,
  type SegmentSummary,
  type Transaction,
} from "./disk.ts";
import type { Acknowledged, FeedPosition } from "./feed.ts";
import { recordsIn, SegmentWriter, summaryOf } from "./segment.ts";
import type { Store } from "./store.ts";

/** The promise of an answer to an update: it is on the disk, or soon will be. */
export type Durability = "relaxed" | "commit";

/** Delays and sizes of the sink, in one place. */
export interface SinkTimings {
  /** In `relaxed`, changes are gathered for this long, unless there are `maxGathered` before. */
  readonly gatherMs: number;
  /** With so many changes a commit does not wait. Most of them may be of the same clients. */
  readonly maxGathered: number;
  /** The most records that are taken in one turn. */
  readonly maxRecords: number;
  /** The most turns for one transaction: with more changes than that, it is cut short. */
  readonly maxTurns: number;
  /** The wait between two rewrites of segments while there is nothing else to write. */
  readonly idleMs: number;
  /** With no changes, positions held are saved, and the disk is looked at, this often. */
  readonly heldMs: number;
  /** The wait after a disk did not take a transaction. */
  readonly retryMs: number;
  /** The number of times that a stopping sink tries a disk that does not take transactions. */
  readonly closeTries: number;
}

/** The defaults: with the time of the commit itself, a change is on the disk within 50 ms. */
export const SINK_TIMINGS: SinkTimings = {
  gatherMs: 30,
  maxGathered: 40_000,
  maxRecords: 10_000,
  maxTurns: 16,
  idleMs: 100,
  heldMs: 1_000,
  retryMs: 500,
  closeTries: 3,
};

/** The time between two counts of gathered changes. */
const COUNT_EVERY_MS = 10;

/** The surroundings of a sink. */
export interface SinkOptions {
  readonly store: Store;
  readonly disk: Disk;
  /** The content of the disk, in the order of the feed. */
  readonly segments: readonly SegmentSummary[];
  readonly durability: Durability;
  readonly clock: Clock;
  readonly log: Log;
  readonly timings?: Partial<SinkTimings>;
  /** The positions held of every neighbour's feed, now. */
  held(): ReadonlyMap<string, FeedPosition>;
  /** Followers' acknowledgements of our feed, now; left out, nobody has acknowledged anything. */
  acknowledged?(): ReadonlyMap<string, Acknowledged>;
}

/** The state of the disk. */
export interface SinkStatus {
  readonly durability: Durability;
  /** The reason why the disk takes nothing; undefined when all is well. */
  readonly trouble: string | undefined;
  /** Positions of the feed that are not on the disk yet. */
  readonly pending: number;
  /** For how long the oldest change that is not on the disk has waited, at most, in ms. */
  readonly pendingMs: number;
  /** Transactions since start, and the records in them. */
  readonly commits: number;
  readonly recordsWritten: number;
}

/** A transaction, and what is true once it is on the disk. */
interface Taken {
  readonly transaction: Transaction;
  readonly segments: SegmentSummary[];
  readonly committed: number;
  /** True if it reaches the feed's end. */
  readonly isLevel: boolean;
  readonly records: number;
}

/** Keeps a disk up to date with a store. */
export class DurableSink {
  readonly #options: SinkOptions;
  readonly #timings: SinkTimings;
  readonly #writer: SegmentWriter;
  #segments: SegmentSummary[];
  /** Everything up to this position is on the disk. */
  #committed: number;
  #trouble: string | undefined;
  #commits = 0;
  #recordsWritten = 0;
  /** The time at which everything was on the disk, or was taken for it, in monotonic ms. */
  #levelMs: number;

  readonly #compactor: Compactor;

  #running: Promise<void> | undefined;
  #isClosing = false;
  readonly #urge = new WakeUp();
  /** The reason why nobody may wait any more. */
  #refusal: Error | undefined;
  /** Those who wait for a position to be on the disk; in the order of positions. */
  #waiters: { position: number; resolve(): void; reject(error: unknown): void }[] = [];

  /** A sink whose disk has everything that the store has. */
  constructor(options: SinkOptions) {
    this.#options = options;
    this.#timings = { ...SINK_TIMINGS, ...options.timings };
    this.#writer = new SegmentWriter(options.store);
    this.#segments = [...options.segments];
    this.#committed = options.store.feed.end;
    this.#levelMs = options.clock.monotonicMs();
    this.#compactor = new Compactor(options.store, this.#writer, this.#timings.maxRecords);
    // A removal whose round a stop cut short gets another.
    const { store } = options;
    if (store.records > store.size) this.#compactor.erase();
  }

  /** The state of the disk. */
  get status(): SinkStatus {
    const { store, durability, clock } = this.#options;
    const pending = store.feed.end - this.#committed;
    return {
      durability,
      trouble: this.#trouble,
      pending,
      pendingMs: pending === 0 ? 0 : clock.monotonicMs() - this.#levelMs,
      commits: this.#commits,
      recordsWritten: this.#recordsWritten,
    };
  }

  /** Begins to read the feed. */
  start(): void {
    this.#running = inBackground(this.#run());
  }

  /**
   * Resolves when all that the store has now is on the disk; undefined when it is. Rejects when `refuse` is
   * called before.
   */
  whenDurable(): Promise<void> | undefined {
    const position = this.#options.store.feed.end;
    if (position <= this.#committed) return undefined;
    if (this.#refusal !== undefined) return Promise.reject(this.#refusal);
    return new Promise((resolve, reject) => this.#waiters.push({ position, resolve, reject }));
  }

  /** Takes everything that is superseded, or was dropped, out of the disk in the next minutes. */
  erase(): void {
    this.#compactor.erase();
    this.#urge.wake();
  }

  /** Lets nobody wait for the disk any longer: what is not on it will not be confirmed. */
  refuse(): void {
    this.#refusal = new Error("The disk did not take in time what this would have confirmed");
    for (const { reject } of this.#waiters) reject(this.#refusal);
    this.#waiters = [];
  }

  /**
   * Commits everything, marks the stop as clean, and closes the disk. Nothing may change the store
   * or the positions held any more. Says in the log what could not be saved; never rejects.
   */
  async close(): Promise<void> {
    const { store, disk, log } = this.#options;
    this.#isClosing = true;
    this.#urge.wake();
    await this.#running;
    let isClean = false;
    for (let failures = 0; !isClean && failures < this.#timings.closeTries;) {
      const taken = this.#take(await this.#gather());
      if (await this.#commit(taken)) isClean = taken.transaction.mark !== undefined;
      else if (++failures < this.#timings.closeTries) await this.#pause(this.#timings.retryMs);
    }
    if (!isClean) {
      const changes = store.feed.end - this.#committed;
      log.error("store.unsaved", { changes, reason: this.#trouble });
    }
    this.#compactor[Symbol.dispose]();
    await disk.close().catch((error) => log.error("store.close", { reason: String(error) }));
  }

  async #run(): Promise<void> {
    for (;;) {
      await this.#work();
      if (this.#isClosing) return;
      const taken = this.#take(await this.#gather());
      if (!await this.#commit(taken)) await this.#pause(this.#timings.retryMs);
    }
  }

  /** Waits until there is something to write and its time has come. */
  async #work(): Promise<void> {
    const { store, durability, clock } = this.#options;
    const { feed } = store;
    const { gatherMs, maxGathered, heldMs, idleMs } = this.#timings;
    // What there is to write came after the latest transaction was taken, if it does not come now.
    let sinceMs = this.#levelMs;
    while (feed.end === this.#committed && !this.#isClosing) {
      this.#levelMs = clock.monotonicMs();
      const isTidy = this.#compactor.isTidy(this.#segments);
      await this.#pause(isTidy ? heldMs : idleMs, true);
      // With nothing new as well: positions held may have moved on, and a disk that is gone is noticed.
      if (feed.end === this.#committed) return;
      sinceMs = clock.monotonicMs();
    }
    if (durability === "commit") return;
    for (;;) {
      const leftMs = sinceMs + gatherMs - clock.monotonicMs();
      if (leftMs <= 0 || feed.end - this.#committed >= maxGathered || this.#isClosing) return;
      await this.#pause(Math.min(leftMs, COUNT_EVERY_MS));
    }
  }

  /** The first changes of a transaction that has too many for one turn. */
  async #gather(): Promise<Segment[]> {
    const { store, clock } = this.#options;
    const { maxRecords, maxTurns } = this.#timings;
    const gathered: Segment[] = [];
    let cursor = this.#committed;
    while (store.feed.end - cursor > maxRecords && gathered.length < maxTurns) {
      const segment = this.#append(cursor + 1, maxRecords);
      cursor = segment.last;
      gathered.push(segment);
      // Clients have their turn.
      await nextTurn(clock);
    }
    return gathered;
  }

  /** A segment of the changes from `first` on, `most` of them at most. */
  #append(first: number, most: number): Segment {
    const { feed } = this.#options.store;
    using reader = feed.readFrom(first - 1);
    const segment = this.#writer.write(reader, first, feed.end, most);
    if (this.#writer.hasRemoval) this.#compactor.erase();
    return segment;
  }

  /** Waits for `ms`, for the closing, and if asked for a change of the feed. */
  async #pause(ms: number, orChange = false): Promise<void> {
    if (this.#isClosing && orChange) return;
    const { clock, store } = this.#options;
    const triggers = [after(clock, ms), this.#urge.woken];
    if (orChange) triggers.push(changed(store.feed));
    await until(...triggers);
  }

  /** Makes it durable; whether it is. */
  async #commit(taken: Taken): Promise<boolean> {
    const { disk, log, clock } = this.#options;
    const takenMs = clock.monotonicMs();
    try {
      await disk.commit(taken.transaction);
    } catch (error) {
      this.#failed(error, taken.transaction);
      return false;
    }
    if (this.#trouble !== undefined) {
      this.#trouble = undefined;
      log.info("store.recovered");
    }
    if (taken.isLevel) this.#levelMs = takenMs;
    this.#segments = taken.segments;
    this.#committed = taken.committed;
    this.#commits++;
    this.#recordsWritten += taken.records;
    if (taken.isLevel) this.#confirm();
    return true;
  }

  /**
   * Lets those go on whose changes are on the disk. Only after a transaction that reached the feed's
   * end: one that was cut short lacks what moved on from its positions before it was written.
   */
  #confirm(): void {
    let reached = 0;
    while (reached < this.#waiters.length && this.#waiters[reached]!.position <= this.#committed) {
      this.#waiters[reached++]!.resolve();
    }
    if (reached > 0) this.#waiters.splice(0, reached);
  }

  #failed(error: unknown, { erases }: Transaction): void {
    const { log } = this.#options;
    const reason = reasonOf(error);
    if (this.#trouble !== reason) log.error("store.trouble", { reason });
    this.#trouble = reason;
    this.#compactor.restart();
    if (erases) this.#compactor.erase();
    if (error instanceof DiskError && error.isEmptied) {
      this.#segments = [];
      this.#committed = 0;
    }
  }

  /**
   * The content of the next transaction, behind what was gathered: all changes up to this instant, if
   * they are not too many.
   */
  #take(gathered: readonly Segment[]): Taken {
    const { store, held, acknowledged = () => new Map() } = this.#options;
    const { feed } = store;
    const { maxRecords } = this.#timings;
    const kept = this.#segments.slice();
    const removed: number[] = [];
    const appended = gathered.slice();
    let committed = gathered.at(-1)?.last ?? this.#committed;
    const pending = Math.min(feed.end - committed, maxRecords);
    if (pending > 0) {
      let first = committed + 1;
      let most = pending;
      for (let last = kept.at(-1); gathered.length === 0 && last; last = kept.at(-1)) {
        if (last.count > most || last.count + most > maxRecords) break;
        most += last.count;
        first = last.first;
        removed.push(last.last);
        kept.pop();
      }
      const segment = this.#append(first, most);
      committed = segment.last;
      appended.push(segment);
    }
    const added = appended.filter((it) => it.positions.length > 0);
    const segments = [...kept, ...added.map(summaryOf)];
    const isLevel = committed === feed.end;
    // What is superseded may go only when what supersedes it is on the disk, by this transaction.
    const compacted = isLevel
      ? this.#compactor.compact(segments, {
        old: kept.length,
        appended: recordsIn(added),
        isCurrent: gathered.length === 0,
      })
      : NOTHING;
    const mark = { feedId: feed.id, position: feed.end };
    return {
      transaction: {
        removed: [...removed, ...compacted.removed],
        added: [...compacted.added, ...added],
        held: isLevel ? new Map(held()) : undefined,
        feed: isLevel ? { feedId: feed.id, acknowledged: new Map(acknowledged()) } : undefined,
        mark: isLevel && this.#isClosing ? mark : undefined,
        erases: compacted.erases,
      },
      segments: compacted.segments ?? segments,
      committed,
      isLevel,
      records: recordsIn(compacted.added) + recordsIn(added),
    };
  }
}
