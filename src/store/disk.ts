// What the durable sink asks of a disk. An SQLite file is one (../server/sqlite_disk.ts), and so is
// the simulated one of the tests. It keeps segments: runs of records, in the order of the feed.

import type { Acknowledged, FeedPosition, FormerFeed } from "./feed.ts";

/** A run of records between two positions of the feed. */
export interface Segment {
  /** No record of it has a position below this one; greater than `last` of the segment before. */
  readonly first: number;
  /** No record of it has a position above this one: its name on the disk. */
  readonly last: number;
  /** The positions of its records, ascending, one each. */
  readonly positions: Float64Array<ArrayBuffer>;
  /** The bodies of its records in the same order, each ended by a newline. */
  readonly bodies: Uint8Array<ArrayBuffer>;
}

/** The mark of a clean stop: the feed that ended, and its end. */
export type CleanMark = FeedPosition;

/** The feed of a run, and how far its followers have come in it, by their names. */
export interface SavedFeed {
  readonly feedId: string;
  readonly acknowledged: ReadonlyMap<string, Acknowledged>;
}

/** A change of what is on the disk: all of it or nothing. */
export interface Transaction {
  /** `last` of each segment to take out. */
  readonly removed: readonly number[];
  /** Segments to put in. Their buffers are the disk's from now on. */
  readonly added: readonly Segment[];
  /**
   * The positions held of every neighbour's feed, by its name. Left out when the transaction does
   * not reach the feed's end: then those on the disk stay as they are.
   */
  readonly held?: ReadonlyMap<string, FeedPosition> | undefined;
  /** The feed of this run, and what followers acknowledged of it; left out likewise. */
  readonly feed?: SavedFeed | undefined;
  /** The feeds of former runs, oldest first. */
  readonly formerFeeds?: readonly FormerFeed[] | undefined;
  /** `null` takes the mark of a clean stop away. */
  readonly mark?: CleanMark | null | undefined;
  /** True if no trace of what was taken out may stay in the file or beside it. */
  readonly erases?: boolean | undefined;
}

/** The facts about a segment that are known without reading it. */
export interface SegmentSummary {
  readonly first: number;
  readonly last: number;
  /** Number of records that were written to it, also those that newer ones have replaced since. */
  readonly count: number;
}

/** The content of a disk, besides the records themselves. */
export interface Saved {
  /** In the order of the feed. */
  readonly segments: readonly SegmentSummary[];
  readonly held: ReadonlyMap<string, FeedPosition>;
  /** The feed of the run that wrote last; undefined where a program wrote that did not tell. */
  readonly feed: SavedFeed | undefined;
  readonly formerFeeds: readonly FormerFeed[];
  readonly mark: CleanMark | undefined;
}

/** A disk, opened. */
export interface Disk {
  /** The content when it was opened. */
  readonly saved: Saved;
  /**
   * The segments that were there when it was opened, in the order of the feed. Their buffers are
   * the caller's from then on.
   */
  segments(): AsyncIterable<Segment>;
  /**
   * Makes a transaction durable; one at a time. Rejects with a `DiskError` when it could not: then
   * nothing of it is on the disk.
   */
  commit(transaction: Transaction): Promise<void>;
  /** Closes it. Commits nothing. */
  close(): Promise<void>;
}

/** The failure of a transaction, in words that name the file and the remedy. */
export class DiskError extends Error {
  override readonly name = "DiskError";
  /** True if the file is gone and a new, empty one took its place: everything must be written. */
  readonly isEmptied: boolean;

  /** Makes an error with this message. */
  constructor(message: string, options: ErrorOptions & { readonly isEmptied?: boolean } = {}) {
    super(message, options);
    this.isEmptied = options.isEmptied ?? false;
  }
}
