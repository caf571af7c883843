// Where the records of one server live: in memory alone, or on a disk as well.

import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import type { Disk, SegmentSummary } from "../../store/disk.ts";
import type { Durability } from "../../store/durable_sink.ts";
import type { FeedPosition } from "../../store/feed.ts";
import { restore } from "../../store/restore.ts";
import { Store } from "../../store/store.ts";
import { openSqliteDisk } from "../disk/sqlite_disk.ts";
import { randomToken } from "../system.ts";

/** The records at start, and the disk that is to keep them, if there is one. */
export interface Storage {
  readonly store: Store;
  /** The positions held of the feeds of neighbours. */
  readonly held: ReadonlyMap<string, FeedPosition>;
  readonly disk: StorageDisk | undefined;
}

/** A disk in use. */
export interface StorageDisk {
  readonly disk: Disk;
  readonly segments: readonly SegmentSummary[];
  readonly durability: Durability;
}

/** Parts that a server's disk works with. */
export interface DiskStorageOptions {
  /** The folder of this server alone. */
  readonly folder: string;
  readonly herd: string;
  readonly server: string;
  readonly durability: Durability;
  readonly clock: Clock;
  readonly log: Log;
  /** Asked before each piece of work of some milliseconds, for something to wait for or nothing. */
  pause?(): Promise<void> | undefined;
  /** Aborted to give up; nothing of the file is changed then. */
  readonly signal?: AbortSignal | undefined;
}

/** Memory alone: a start knows nothing, and asks the neighbours for all. */
export function memoryStorage(): Storage {
  return { store: new Store(randomToken(), randomSeed()), held: new Map(), disk: undefined };
}

/**
 * Opens the file of a server and restores what is in it.
 *
 * @throws {DiskError} If it cannot be used, with what helps.
 * @throws The reason of `signal` once that is aborted.
 */
export async function diskStorage(options: DiskStorageOptions): Promise<Storage> {
  const { folder, herd, server, durability, clock, log } = options;
  const startedMs = clock.monotonicMs();
  const isSynchronous = durability === "commit";
  const onTorn = () => log.warn("store.log_torn", { lost: "at most the last transaction" });
  const disk = await openSqliteDisk({ folder, herd, server, isSynchronous, onTorn });
  try {
    const { store, held, wasClean } = await restore(disk, {
      feedId: randomToken(),
      seed: randomSeed(),
      pause: options.pause,
      signal: options.signal,
    });
    const ms = Math.round(clock.monotonicMs() - startedMs);
    log.info("store.restored", { records: store.records, afterCleanStop: wasClean, ms });
    return { store, held, disk: { disk, segments: disk.saved.segments, durability } };
  } catch (error) {
    await disk.close();
    throw error;
  }
}

function randomSeed(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]!;
}
