// Who is near a point: a grid over the records of one server. It is one more reader of the feed, and
// reads only when somebody asks, so it costs the hot path nothing.

import type { Coordinates } from "../../protocol/location.ts";
import type { FeedReader } from "../../store/feed.ts";
import type { Store } from "../../store/store.ts";
import { catchUp } from "./catch_up.ts";
import { GlobeGrid } from "./globe_grid.ts";
import { RecordLocation } from "./record_location.ts";

/** What to look for. */
export interface NearbyQuery {
  readonly centre: Coordinates;
  /** The farthest, along a great circle. */
  readonly metres: number;
  /** The most clients; 1 or more. */
  readonly limit: number;
}

/** Finds clients by nearness. */
export class NearbyClients implements Disposable {
  readonly #store: Store;
  readonly #grid = new GlobeGrid();
  readonly #location = new RecordLocation();
  readonly #forgetDrops: () => void;
  #reader: FeedReader | undefined;
  #horizon = 0;
  /** One after the other: two that read the feed at one time would each see half of it. */
  #last: Promise<unknown> = Promise.resolve();

  /** Looks among the clients of this store. */
  constructor(store: Store) {
    this.#store = store;
    this.#forgetDrops = store.onDrop((record) => this.#grid.remove(record));
  }

  /**
   * What `view` makes of the records of the nearest clients, the nearest first, all of one instant.
   * The first call reads all records, later ones what has changed; clients have their turns
   * meanwhile.
   */
  find<T>(
    { centre, metres, limit }: NearbyQuery,
    view: (record: number, metres: number) => T,
  ): Promise<T[]> {
    const found = this.#last.then(() => {
      if (this.#store.horizon < this.#horizon) this.#startOver();
      this.#reader ??= this.#store.feed.readFrom(0);
      return catchUp(this.#reader, (record) => this.#take(record), () => {
        this.#leaveOutExpired();
        return this.#grid.nearest(centre, metres, limit).map((it) => view(it.item, it.metres));
      });
    });
    this.#last = found.catch(() => {});
    return found;
  }

  /** Gives up its place in the feed. */
  [Symbol.dispose](): void {
    this.#forgetDrops();
    this.#reader?.[Symbol.dispose]();
    this.#reader = undefined;
  }

  /** A horizon that went back lets records in again that were left out. */
  #startOver(): void {
    this.#reader?.[Symbol.dispose]();
    this.#reader = undefined;
    this.#horizon = this.#store.horizon;
  }

  #take(record: number): void {
    const store = this.#store;
    if (store.isRemoval(record) || store.isExpired(record)) return this.#grid.remove(record);
    this.#grid.put(record, this.#location.read(store, record));
  }

  /** Expiry is no change of the feed: when the horizon has moved, every record is looked at. */
  #leaveOutExpired(): void {
    if (this.#store.horizon === this.#horizon) return;
    this.#horizon = this.#store.horizon;
    this.#grid.removeWhere((record) => this.#store.isExpired(record));
  }
}
