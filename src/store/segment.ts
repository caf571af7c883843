// Segments of records: written from the feed, read back into a store. A segment holds positions as
// numbers and bodies as lines, so that a million records are a hundred values on the disk.

import { enlarged } from "../base/buffers.ts";
import { NEWLINE } from "../base/bytes.ts";
import { parseBody, Update } from "../protocol/update.ts";
import type { Segment, SegmentSummary } from "./disk.ts";
import type { FeedReader } from "./feed.ts";
import type { Store } from "./store.ts";

const FIRST_BYTES = 1 << 20;

/** Collects records for segments, one segment after another, in memory that it keeps. */
export class SegmentWriter {
  readonly #store: Store;
  #positions = new Float64Array(1024);
  #bodies = new Uint8Array(FIRST_BYTES);
  /** True if the latest segment has the removal of a client. */
  hasRemoval = false;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * Moves `reader` over at most `limit` records with positions up to `last`, and gives them as a
   * segment from `first` on. It ends at `last` if the reader found no more before it, else at the
   * position that the reader came to.
   */
  write(reader: FeedReader, first: number, last: number, limit: number): Segment {
    const store = this.#store;
    let count = 0;
    let length = 0;
    this.hasRemoval = false;
    let next = reader.peek();
    while (next !== 0 && store.feed.positionOf(next) <= last && count < limit) {
      reader.next();
      this.#reserve(count + 1, length + store.bodyLength(next) + 1);
      this.#positions[count++] = store.feed.positionOf(next);
      length = store.copyBody(next, this.#bodies, length);
      this.#bodies[length++] = NEWLINE;
      if (store.isRemoval(next)) this.hasRemoval = true;
      next = reader.peek();
    }
    const isWhole = next === 0 || store.feed.positionOf(next) > last;
    return {
      first,
      last: isWhole ? last : this.#positions[count - 1]!,
      positions: this.#positions.slice(0, count),
      bodies: this.#bodies.slice(0, length),
    };
  }

  #reserve(count: number, length: number): void {
    if (count > this.#positions.length) {
      this.#positions = enlarged(this.#positions, this.#positions.length * 2);
    }
    if (length > this.#bodies.length) {
      this.#bodies = enlarged(this.#bodies, this.#bodies.length * 2);
    }
  }
}

const update = new Update();

/** Restores the records of a segment. Returns false when it is damaged. */
export function restoreSegment(store: Store, { positions, bodies }: Segment): boolean {
  let start = 0;
  for (const position of positions) {
    const end = bodies.indexOf(NEWLINE, start);
    if (end < 0 || !parseBody(bodies, start, end, update)) return false;
    store.restore(update, position);
    start = end + 1;
  }
  return start === bodies.length;
}

/** A segment without what is in it. */
export function summaryOf({ first, last, positions }: Segment): SegmentSummary {
  return { first, last, count: positions.length };
}

/** The number of records in some segments. */
export function recordsIn(segments: readonly Segment[]): number {
  return segments.reduce((sum, it) => sum + it.positions.length, 0);
}
