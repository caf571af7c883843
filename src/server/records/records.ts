// A server's records as a part of it: the store, the disk that keeps up with it, and what is dropped
// because it is too old.

import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import { DurableSink, type SinkStatus } from "../../store/durable_sink.ts";
import type { Acknowledged, FeedPosition } from "../../store/feed.ts";
import type { Store } from "../../store/store.ts";
import type { Limits } from "../limits.ts";
import type { RecordsStatus } from "../status.ts";
import type { ClockVerdict } from "../peer_clocks.ts";
import { ExpiryClock } from "./expiry_clock.ts";
import { Retention } from "./retention.ts";
import type { Storage } from "./storage.ts";

/** Parts of the records. */
export interface RecordsOptions {
  readonly storage: Storage;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: Pick<Limits, "maxClients" | "maxRecordBytes">;
  /** Clients not heard of for this long are dropped; undefined keeps all. */
  readonly retainSeconds: number | undefined;
  /** The verdict of the others' clocks on the own one now. */
  verdict(): ClockVerdict;
  /** Reads all that others have again: it may have been dropped here. */
  readAgain(): void;
  /** The positions held of neighbours' feeds and of the stream, which are saved with the records. */
  held(): ReadonlyMap<string, FeedPosition>;
  /** Followers' acknowledgements of the feed, which are saved with the records too. */
  acknowledged(): ReadonlyMap<string, Acknowledged>;
}

/** The records of one server. */
export class Records implements RecordsStatus {
  readonly store: Store;
  /**
   * Returns what to wait for until all that was applied so far is as safe as is promised, or undefined
   * when it is; it rejects if the server stops before. Undefined itself where nothing is promised.
   */
  readonly whenSafe: (() => Promise<void> | undefined) | undefined;
  readonly #options: RecordsOptions;
  readonly #sink: DurableSink | undefined;
  #retention: Retention | undefined;

  /** Writes nothing before `start`. */
  constructor(options: RecordsOptions) {
    const { storage: { store, disk }, clock, log, limits, held, acknowledged } = options;
    this.#options = options;
    this.store = store;
    store.maxClients = limits.maxClients;
    store.maxTextBytes = limits.maxRecordBytes;
    if (disk === undefined) return;
    const sink = new DurableSink({ ...disk, store, clock, log, held, acknowledged });
    this.#sink = sink;
    if (disk.durability === "commit") this.whenSafe = () => sink.whenDurable();
  }

  /** Begins to save and to drop. */
  start(): void {
    const { clock, log, retainSeconds, verdict } = this.#options;
    const erase = () => this.#sink?.erase();
    const readAgain = () => {
      log.error("store.horizon_was_ahead", { dropped: this.#retention?.dropped ?? 0 });
      this.#options.readAgain();
    };
    const expiry = new ExpiryClock(clock, verdict);
    const options = { clock, retainSeconds, expiry, erase, readAgain };
    this.#retention = new Retention(this.store, options);
    this.#sink?.start();
  }

  /** Lets nobody wait for the disk any longer: what is not on it is not confirmed. */
  refuse(): void {
    this.#sink?.refuse();
  }

  /** Saves what the disk lacks, and that nothing is missing. Nothing may change any more. */
  async stop(): Promise<void> {
    this.#retention?.[Symbol.dispose]();
    await this.#sink?.close();
  }

  get clients(): number {
    return this.store.size;
  }

  get records(): number {
    return this.store.records;
  }

  get textBytes(): number {
    return this.store.textBytes;
  }

  get refused(): number {
    return this.store.refused;
  }

  get feed(): { readonly id: string; readonly end: number } {
    return this.store.feed;
  }

  get disk(): SinkStatus | undefined {
    return this.#sink?.status;
  }
}
