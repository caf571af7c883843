// The clients near a point: a grid over the records of one server. It is one more reader of the feed, and
// reads only when somebody asks, so it costs the hot path nothing.

import TinyQueue from "tinyqueue";
import type { Coordinates } from "../../protocol/location.ts";
import type { FeedReader } from "../../store/feed.ts";
import type { Store } from "../../store/store.ts";
import type { Pace } from "../turns/pace.ts";
import type { Area } from "./area.ts";
import { catchUp } from "./catch_up.ts";
import { type Found, GlobeGrid } from "./globe_grid.ts";
import { HorizonWatch } from "./horizon_watch.ts";
import { RecordLocation } from "./record_location.ts";

/** The search. */
export interface NearbyQuery {
  readonly centre: Coordinates;
  /** The farthest, along a great circle. */
  readonly metres: number;
  /** The most clients; 1 or more. */
  readonly limit: number;
  /** True for the clients to look among; all when left out. */
  readonly covers?: ((record: number) => boolean) | undefined;
}

/** Which clients of an area to gather. */
export interface GatherQuery {
  readonly area: Area;
  /** The position of the feed after which to begin. */
  readonly after: number;
  /** The most clients; 1 or more. */
  readonly limit: number;
  /** True for the records to look among. */
  wants(record: number): boolean;
}

/** A record at a position of the feed: what it says is unknown once it has moved from there. */
export interface Placed {
  readonly record: number;
  readonly position: number;
}

/** Gathered clients, in the order of the feed. */
export interface Gathered {
  readonly found: readonly Placed[];
  /** All records of the area up to this position that have not changed since are among what was found. */
  readonly position: number;
  /** True if there may be more behind that position. */
  readonly hasMore: boolean;
}

/** Clients in one piece of work of making views: some 0.1 ms. */
const VIEWS_A_PIECE = 32;

/** Finds clients by nearness. */
export class NearbyClients implements Disposable {
  readonly #store: Store;
  readonly #pace: Pace;
  readonly #grid = new GlobeGrid();
  readonly #location = new RecordLocation();
  readonly #forgetDrops: () => void;
  readonly #watch: HorizonWatch;
  #reader: FeedReader | undefined;
  /** One after the other: two that read the feed at one time would each see half of it. */
  #last: Promise<unknown> = Promise.resolve();

  /** Looks among the clients of this store, at the pace of its server. */
  constructor(store: Store, pace: Pace) {
    this.#store = store;
    this.#pace = pace;
    this.#watch = new HorizonWatch(store);
    this.#forgetDrops = store.onDrop((record) => this.#grid.remove(record));
  }

  /**
   * The result of `view` for each of the nearest clients, the nearest first. The first call reads all
   * records, later ones those that changed; clients have their turns meanwhile. A client that moves
   * while the search is under way is given where it is when its view is made, or left out.
   */
  find<T>(query: NearbyQuery, view: (record: number, metres: number) => T): Promise<T[]> {
    const found = this.#last.then(() => this.#find(query, view));
    this.#last = found.catch(() => {});
    return found;
  }

  /** The clients of an area that changed first after a position; looks at those of the area alone. */
  gather(query: GatherQuery): Promise<Gathered> {
    const gathered = this.#last.then(() => this.#gather(query));
    this.#last = gathered.catch(() => {});
    return gathered;
  }

  /** Calls `look` with every record that may be in an area, and with others beside it. */
  each(area: Area, look: (record: number) => void): Promise<void> {
    const done = this.#last.then(async () => {
      await this.#catchUp();
      await this.#inPieces(this.#grid.visit(area.bounds, look));
    });
    this.#last = done.catch(() => {});
    return done;
  }

  /** Abandons its place in the feed. */
  [Symbol.dispose](): void {
    this.#forgetDrops();
    this.#reader?.[Symbol.dispose]();
    this.#reader = undefined;
  }

  async #find<T>(
    { centre, metres, limit, covers }: NearbyQuery,
    view: (record: number, metres: number) => T,
  ): Promise<T[]> {
    const position = await this.#catchUp();
    await this.#leaveOutExpired();
    const found = await this.#inPieces(this.#grid.nearest(centre, metres, limit, covers));
    const views: { readonly metres: number; readonly view: T }[] = [];
    for (const [index, it] of found.entries()) {
      if (index % VIEWS_A_PIECE === 0) {
        const pause = this.#pace.pause();
        if (pause !== undefined) await pause;
      }
      const now = this.#now(it, { centre, metres, position });
      if (now !== undefined) views.push({ metres: now.metres, view: view(now.item, now.metres) });
    }
    return views.sort((a, b) => a.metres - b.metres).map((it) => it.view);
  }

  async #gather({ area, after, limit, wants }: GatherQuery): Promise<Gathered> {
    const end = await this.#catchUp();
    const first = new TinyQueue<Placed>([], (a, b) => b.position - a.position);
    let hasMore = false;
    await this.#inPieces(this.#grid.visit(area.bounds, (record) => {
      const position = this.#store.feed.positionOf(record);
      // Clients that moved since the grid caught up come at their new positions.
      if (position <= after || position > end || !this.#store.isLocated(record)) return;
      if (first.length === limit && hasMore && position > first.peek()!.position) return;
      if (!area.contains(this.#location.read(this.#store, record)) || !wants(record)) return;
      first.push({ record, position });
      if (first.length <= limit) return;
      first.pop();
      hasMore = true;
    }));
    const found = first.data.toSorted((a, b) => a.position - b.position);
    return { found, position: hasMore ? found.at(-1)!.position : end, hasMore };
  }

  /** Takes all changes into the grid; the feed's end, up to which it has them then. */
  #catchUp(): Promise<number> {
    return catchUp(this.#begin(), {
      pace: this.#pace,
      take: (record) => this.#take(record),
      atEnd: () => this.#store.feed.end,
    });
  }

  #begin(): FeedReader {
    const { feed, recordsEnd } = this.#store;
    if (!this.#watch.hasGoneBack() && this.#reader !== undefined) return this.#reader;
    this.#reader?.[Symbol.dispose]();
    this.#grid.reserve(recordsEnd);
    return this.#reader = feed.readFrom(0);
  }

  #take(record: number): void {
    this.#watch.look();
    if (!this.#store.isLocated(record)) this.#grid.remove(record);
    else this.#grid.put(record, this.#location.read(this.#store, record));
  }

  /** Expiry is no change of the feed: when the horizon has moved, every record is looked at. */
  async #leaveOutExpired(): Promise<void> {
    if (this.#watch.isFollowed) return;
    this.#watch.lookAtAll();
    await this.#inPieces(this.#grid.removeWhere((record) => {
      this.#watch.look();
      return !this.#store.isLocated(record);
    }));
  }

  /** A client that was found, as it is now; undefined if it is gone since `position` of the feed. */
  #now(
    found: Found,
    { centre, metres, position }: Omit<NearbyQuery, "limit" | "covers"> & {
      readonly position: number;
    },
  ): Found | undefined {
    const { item } = found;
    if (!this.#store.isLocated(item)) return undefined;
    if (this.#store.feed.positionOf(item) <= position) return found;
    this.#take(item);
    const distance = this.#grid.distance(item, centre);
    return distance <= metres ? { item, metres: distance } : undefined;
  }

  async #inPieces<T>(work: Generator<void, T>): Promise<T> {
    for (;;) {
      const pause = this.#pace.pause();
      if (pause !== undefined) await pause;
      const { done, value } = work.next();
      if (done) return value;
    }
  }
}
