// Rewrites segments of the disk, a run at a time, when too many of their records are superseded. What
// is still current the feed knows: those records stand in it in the order of the segments.

import type { Segment, SegmentSummary } from "./disk.ts";
import type { FeedReader } from "./feed.ts";
import { type SegmentWriter, summaryOf } from "./segment.ts";
import type { Store } from "./store.ts";

/** Records that may be on the disk for each one that is current, under load and when idle. */
const MAX_WRITTEN = 2;
const MAX_WRITTEN_IDLE = 1.25;

/** The part of a transaction that rewrites segments. */
export interface Compacted {
  /** `last` of the segments that are replaced. */
  readonly removed: readonly number[];
  readonly added: readonly Segment[];
  /** All segments after it; undefined when they stay as they are. */
  readonly segments: SegmentSummary[] | undefined;
  /** True if all that was superseded when the removal of a client came is gone now. */
  readonly erases: boolean;
}

/** The segments that a transaction appends to those that are on the disk. */
export interface Appended {
  /** The number of segments before them. */
  readonly old: number;
  /** The number of their records, which pays for rewriting. */
  readonly appended: number;
  /** True if all were taken in this turn, so that nothing in them is superseded. */
  readonly isCurrent: boolean;
}

/** Nothing is rewritten. */
export const NOTHING: Compacted = { removed: [], added: [], segments: undefined, erases: false };

/** Goes round and round over the segments of one disk. */
export class Compactor implements Disposable {
  readonly #store: Store;
  readonly #writer: SegmentWriter;
  readonly #maxRecords: number;
  /** Everything up to `#done` is behind it. */
  #reader: FeedReader | undefined;
  #done = 0;
  /** True if this round takes out all that is superseded, however little it is. */
  #isErasing = false;
  /** True if such a round is asked for while one is under way. */
  #erasesAgain = false;

  /** `maxRecords` is the size of a full segment. */
  constructor(store: Store, writer: SegmentWriter, maxRecords: number) {
    this.#store = store;
    this.#writer = writer;
    this.#maxRecords = maxRecords;
  }

  /** Takes out all that is superseded now: with this round, or with another one after it. */
  erase(): void {
    if (this.#isErasing) this.#erasesAgain = true;
    else {
      this.restart();
      this.#isErasing = true;
    }
  }

  /** Begins the round anew, such as when what was rewritten did not reach the disk. */
  restart(): void {
    this[Symbol.dispose]();
    this.#done = 0;
  }

  /** True if there is nothing to do while there is nothing else to do. */
  isTidy(segments: readonly SegmentSummary[]): boolean {
    return !this.#isErasing && !this.#isTooMuch(segments, MAX_WRITTEN_IDLE);
  }

  /**
   * Rewrites some of the segments that are on the disk if it is time to. Only for a transaction that
   * reaches the feed's end: what is superseded may go only when what supersedes it is on the disk.
   */
  compact(
    segments: readonly SegmentSummary[],
    { old, appended, isCurrent }: Appended,
  ): Compacted {
    const isIdle = appended === 0;
    const isDue = this.#isErasing ||
      this.#isTooMuch(segments, isIdle ? MAX_WRITTEN_IDLE : MAX_WRITTEN);
    if (!isDue) return NOTHING;
    const from = segments.findIndex((it) => it.last > this.#done);
    if (from < 0 || from >= old) {
      // The round goes on behind what is on the disk when this transaction is.
      return this.#isErasing && !isCurrent ? NOTHING : this.#finishRound();
    }
    // With half of it superseded, each record that is appended pays for one that is taken out.
    const budget = isIdle || this.#isErasing ? 2 * this.#maxRecords : 2 * appended + 100;
    let to = from;
    let count = 0;
    do count += segments[to++]!.count; while (to < old && count + segments[to]!.count <= budget);
    const run = segments.slice(from, to);
    const { first } = run[0]!;
    const { last } = run.at(-1)!;
    // A segment that was merged across the reader's place begins before it.
    if (first <= this.#done) this[Symbol.dispose]();
    this.#reader ??= this.#store.feed.readFrom(first - 1);
    const segment = this.#writer.write(this.#reader, first, last, Infinity);
    this.#done = last;
    if (segment.positions.length === count) return NOTHING;
    const added = segment.positions.length === 0 ? [] : [segment];
    return {
      removed: run.map((it) => it.last),
      added,
      segments: [...segments.slice(0, from), ...added.map(summaryOf), ...segments.slice(to)],
      erases: false,
    };
  }

  /** Ends the round; the next call begins another if it is due. */
  [Symbol.dispose](): void {
    this.#reader?.[Symbol.dispose]();
    this.#reader = undefined;
  }

  #finishRound(): Compacted {
    const erases = this.#isErasing;
    this.restart();
    this.#isErasing = this.#erasesAgain;
    this.#erasesAgain = false;
    return { ...NOTHING, erases };
  }

  #isTooMuch(segments: readonly SegmentSummary[], times: number): boolean {
    const written = segments.reduce((sum, it) => sum + it.count, 0);
    return written > times * this.#store.records + this.#maxRecords;
  }
}
