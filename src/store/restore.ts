// What a start does with what a former run left on the disk: the rules that keep a pair of feed id
// and position from ever meaning two things.

import { type Disk, DiskError, type Saved } from "./disk.ts";
import type { FeedPosition, FormerFeed } from "./feed.ts";
import { release } from "../base/buffers.ts";
import { restoreSegment } from "./segment.ts";
import { Store } from "./store.ts";

/** Feeds of former runs that are remembered at most: one for each start. */
const MAX_FORMER_FEEDS = 16;

/** Options of a beginning. */
export interface RestoreOptions {
  /** A new random name: every start takes one, whatever is on the disk. */
  readonly feedId: string;
  /** Of the store's index, 32 random bits. */
  readonly seed: number;
  /** Asked before each segment, for something to wait for or nothing; left out, nobody else has a turn. */
  pause?: (() => Promise<void> | undefined) | undefined;
  /** Aborted to give up, before anything is changed. */
  readonly signal?: AbortSignal | undefined;
}

/** The content of a disk, ready to go on from. */
export interface Restored {
  readonly store: Store;
  /** The positions held of the feeds of neighbours, by their names. */
  readonly held: ReadonlyMap<string, FeedPosition>;
  /** True if the former run ended with a clean stop, or there was none. */
  readonly wasClean: boolean;
}

/**
 * Restores a store from a disk and takes the mark of a clean stop away. The feed numbers on from where
 * the former one ended, and followers that know it resume. After a clean stop all that they hold of it
 * is good. After a crash what they had acknowledged is, when the last records were saved: what changed
 * later may be lost, or stand at another position, but nothing before has moved.
 *
 * @throws {DiskError} If a segment is damaged, or the disk does not take the change.
 * @throws The reason of `signal` once that is aborted.
 */
export async function restore(disk: Disk, options: RestoreOptions): Promise<Restored> {
  const { mark, held, segments } = disk.saved;
  const end = lastPosition(disk.saved);
  const former = mark ?? crashedFeed(disk.saved, end);
  const known = [...disk.saved.formerFeeds, ...former === undefined ? [] : [former]];
  const formerFeeds = known.slice(-MAX_FORMER_FEEDS);
  const store = new Store(options.feedId, options.seed, { formerFeeds, start: end });
  for await (const segment of disk.segments()) {
    await options.pause?.();
    options.signal?.throwIfAborted();
    if (!restoreSegment(store, segment)) {
      throw new DiskError(`Segment ${segment.last} is damaged`);
    }
    release(segment.positions);
    release(segment.bodies);
  }
  const feed = { feedId: options.feedId, acknowledged: new Map() };
  await disk.commit({ removed: [], added: [], feed, formerFeeds, mark: null });
  return { store, held, wasClean: mark !== undefined || segments.length === 0 };
}

function crashedFeed({ feed }: Saved, position: number): FormerFeed | undefined {
  return feed === undefined ? undefined : { ...feed, position };
}

/** The last position that means something already: no other change may ever have one up to it. */
function lastPosition({ mark, feed, formerFeeds, segments }: Saved): number {
  const acknowledged = feed?.acknowledged.values() ?? [];
  const positions = [...formerFeeds, ...acknowledged].map((it) => it.position);
  return Math.max(mark?.position ?? 0, segments.at(-1)?.last ?? 0, ...positions);
}
