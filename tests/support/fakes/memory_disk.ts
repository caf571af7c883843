// A disk in memory: what was committed outlives whoever had it open.

import type { Disk, DiskError, Saved, Segment, Transaction } from "../../../src/store/disk.ts";
import { summaryOf } from "../../../src/store/segment.ts";
import type { FeedPosition } from "../../../src/store/feed.ts";

/** The medium; `open` is a start that reads it. */
export class MemoryMedium {
  segments = new Map<number, Segment>();
  held: ReadonlyMap<string, FeedPosition> = new Map();
  formerFeeds: readonly FeedPosition[] = [];
  mark: FeedPosition | undefined;
  /** Every transaction that was taken, in order. */
  readonly transactions: Transaction[] = [];
  /** What the next commits do instead, in order; undefined lets one through. */
  readonly failures: (DiskError | undefined)[] = [];

  /** Opens it as it is now. */
  open(): Disk {
    const { held, formerFeeds, mark } = this;
    const ordered = [...this.segments.values()].sort((a, b) => a.last - b.last);
    const saved: Saved = { segments: ordered.map(summaryOf), held, formerFeeds, mark };
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
    }
    if (failure !== undefined) throw failure;
    this.transactions.push(transaction);
    for (const last of transaction.removed) {
      if (!this.segments.delete(last)) throw new Error(`There is no segment ${last} to remove`);
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
    this.held = transaction.held ?? this.held;
    this.formerFeeds = transaction.formerFeeds ?? this.formerFeeds;
    if (transaction.mark !== undefined) this.mark = transaction.mark ?? undefined;
  }
}
