// What a start does with what a former run left on the disk: the rules that keep a pair of feed id
// and position from ever meaning two things.

import { type Disk, DiskError } from "./disk.ts";
import type { FeedPosition } from "./feed.ts";
import { release } from "../base/buffers.ts";
import { restoreSegment } from "./segment.ts";
import { Store } from "./store.ts";

/** Feeds of former runs that are remembered at most: one for each clean restart in a row. */
const MAX_FORMER_FEEDS = 16;

/** How to begin. */
export interface RestoreOptions {
  /** A new random name: every start takes one, whatever is on the disk. */
  readonly feedId: string;
  /** Of the store's index, 32 random bits. */
  readonly seed: number;
}

/** What was on a disk, ready to go on from. */
export interface Restored {
  readonly store: Store;
  /** The positions held of the feeds of neighbours, by their names. */
  readonly held: ReadonlyMap<string, FeedPosition>;
  /** Whether the former run ended with a clean stop, or there was none. */
  readonly wasClean: boolean;
}

/**
 * Restores a store from a disk and takes the mark of a clean stop away. After a clean stop the feed
 * goes on from where it ended, and followers that know it resume; otherwise no former feed is
 * remembered: what followers hold of one may have been lost here.
 *
 * @throws {DiskError} If a segment is damaged, or the disk does not take the change.
 */
export async function restore(disk: Disk, options: RestoreOptions): Promise<Restored> {
  const { mark, formerFeeds, held, segments } = disk.saved;
  const known = mark === undefined ? [] : [...formerFeeds, mark].slice(-MAX_FORMER_FEEDS);
  const end = Math.max(mark?.position ?? 0, segments.at(-1)?.last ?? 0);
  const store = new Store(options.feedId, options.seed, { formerFeeds: known, start: end });
  for await (const segment of disk.segments()) {
    if (!restoreSegment(store, segment)) {
      throw new DiskError(`Segment ${segment.last} is damaged`);
    }
    release(segment.positions);
    release(segment.bodies);
  }
  await disk.commit({ removed: [], added: [], formerFeeds: known, mark: null });
  return { store, held, wasClean: mark !== undefined || segments.length === 0 };
}
