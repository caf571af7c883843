// A disk in memory: what was committed outlives whoever had it open.

import type {
  Disk,
  DiskError,
  Saved,
  SavedFeed,
  Segment,
  Transaction,
} from "../../../src/store/disk.ts";
import { summaryOf } from "../../../src/store/segment.ts";
import type { FeedPosition, FormerFeed } from "../../../src/store/feed.ts";
import { latin1 } from "../reference/reference.ts";

/** The medium; `open` is a start that reads it. */
export class MemoryMedium {
  segments = new Map<number, Segment>();
  held: ReadonlyMap<string, FeedPosition> = new Map();
  feed: SavedFeed | undefined;
  formerFeeds: readonly FormerFeed[] = [];
  mark: FeedPosition | undefined;
  /** Every transaction that was taken, in order. */
  readonly transactions: Transaction[] = [];
  /** Those that were not taken. */
  readonly failed: Transaction[] = [];
  /** Bodies that were taken out, and of which traces are in the file until a transaction erases. */
  remains = "";
  /** What the next commits do instead, in order; undefined lets one through. */
  readonly failures: (DiskError | undefined)[] = [];

  /** All text in the file: what is current, superseded, or taken out and not erased. */
  get text(): string {
    const bodies = [...this.segments.values()].map((it) => latin1(it.bodies));
    return bodies.join("") + this.remains;
  }

  /** Opens it as it is now. */
  open(): Disk {
    const { held, feed, formerFeeds, mark } = this;
    const ordered = [...this.segments.values()].sort((a, b) => a.last - b.last);
    const saved: Saved = { segments: ordered.map(summaryOf), held, feed, formerFeeds, mark };
    return {
      saved,
      async *segments() {
        for (const it of ordered) {
          yield { ...it, positions: it.positions.slice(), bodies: it.bodies.slice() };
        }
      },
      commit: (transaction) => this.#commit(transaction),
      close: () => Promise.resolve(),
    };
  }

  async #commit(transaction: Transaction): Promise<void> {
    await Promise.resolve();
    const failure = this.failures.shift();
    if (failure?.isEmptied) {
      this.segments.clear();
      this.held = new Map();
      this.feed = undefined;
      this.formerFeeds = [];
      this.mark = undefined;
      this.remains = "";
    }
    if (failure !== undefined) {
      this.failed.push(transaction);
      throw failure;
    }
    this.transactions.push(transaction);
    for (const last of transaction.removed) {
      const segment = this.segments.get(last);
      if (segment === undefined) throw new Error(`There is no segment ${last} to remove`);
      this.segments.delete(last);
      this.remains += latin1(segment.bodies);
    }
    for (const segment of transaction.added) {
      if (this.segments.has(segment.last)) throw new Error(`Segment ${segment.last} is there`);
      this.segments.set(segment.last, segment);
    }
    const ordered = [...this.segments.values()].sort((a, b) => a.last - b.last);
    ordered.forEach(({ first, last, positions }, i) => {
      const isOrdered = first > (ordered[i - 1]?.last ?? 0) &&
        positions.every((it, j) => it > (positions[j - 1] ?? first - 1) && it <= last);
      if (!isOrdered) throw new Error(`Segment ${last} is out of order: ${positions}`);
    });
    if (transaction.erases) this.remains = "";
    this.held = transaction.held ?? this.held;
    this.feed = transaction.feed ?? this.feed;
    this.formerFeeds = transaction.formerFeeds ?? this.formerFeeds;
    if (transaction.mark !== undefined) this.mark = transaction.mark ?? undefined;
  }
}
