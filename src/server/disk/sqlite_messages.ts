// What sqlite_disk.ts and its thread, sqlite_worker.js, say to each other.

import type { Saved, SegmentSummary, Transaction } from "../../store/disk.ts";
import type { Acknowledged, FeedPosition } from "../../store/feed.ts";

/** A request to the thread. */
export type DiskRequest =
  /** Takes the folder for this process; the first request. */
  | { readonly kind: "lock"; readonly options: DiskOptions }
  /** Opens the file. */
  | { readonly kind: "open" }
  | { readonly kind: "read"; readonly after: number }
  | { readonly kind: "commit"; readonly transaction: TransactionMessage }
  | { readonly kind: "close" };

/** The file, whose it is, and how it is written. */
export interface DiskOptions {
  readonly folder: string;
  readonly file: string;
  readonly lockFile: string;
  readonly herd: string;
  readonly server: string;
  readonly isSynchronous: boolean;
  /** Bodies that one answer to `read` has at most, and one segment more, in bytes. */
  readonly readBytes: number;
  readonly applicationId: number;
  readonly steps: readonly string[];
  readonly maxPages: number | undefined;
}

/** A transaction as a message. */
export type TransactionMessage = Omit<Transaction, "held" | "feed" | "formerFeeds"> & {
  readonly held?: readonly [neighbour: string, held: FeedPosition][] | undefined;
  readonly feed?: FeedMessage | undefined;
  readonly formerFeeds?: readonly FormerFeedMessage[] | undefined;
};

/** Acknowledgements of followers, in the order of their names. */
type AcknowledgedMessage = readonly [follower: string, acknowledged: Acknowledged][];

/** A feed, and what followers acknowledged of it. */
export interface FeedMessage {
  readonly feedId: string;
  readonly acknowledged: AcknowledgedMessage;
}

/** A former feed, and what followers acknowledged of it if it crashed. */
export type FormerFeedMessage = FeedPosition & {
  readonly acknowledged?: AcknowledgedMessage | undefined;
};

/** The content of the disk, but for the records themselves, as a message. */
export type StateMessage = Omit<Saved, "segments" | "held" | "feed" | "formerFeeds"> & {
  /** By `last`, in the order of the feed when it is read. */
  readonly segments: Map<number, SegmentSummary & { readonly checksum: number }>;
  /** In the order of names. */
  readonly held: readonly [neighbour: string, held: FeedPosition][];
  readonly feed: FeedMessage | undefined;
  readonly formerFeeds: readonly FormerFeedMessage[];
};

/** A request that the thread cannot carry out, and the reason. */
export interface DiskProblem {
  readonly kind: string;
  readonly detail: string;
}

/** An answer of the thread. */
export type DiskAnswer = { readonly value: unknown } | { readonly problem: DiskProblem };
