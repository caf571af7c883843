// The clients of a server page by page, in the order of its feed: so a page goes on exactly where the last
// one ended, whatever changes in between.

import type { FeedPosition } from "../../store/feed.ts";
import type { Store } from "../../store/store.ts";
import type { Pace } from "../turns/pace.ts";
import type { Area } from "./area.ts";
import type { NearbyClients } from "./nearby_clients.ts";
import { RecordLocation } from "./record_location.ts";

/** Records in one piece of work: some 0.1 ms. */
const RECORDS_A_PIECE = 32;

/**
 * Records of the feed that are looked at for each client of an area that is wanted. Where fewer than one in
 * this many are in the area, the grid is less work.
 */
const RECORDS_A_CLIENT = 64;

/** Which clients to list. */
export interface PageQuery {
  /** The whole world when undefined. */
  readonly area: Area | undefined;
  /** The end of the last page; the first page when undefined, or of a feed that is gone. */
  readonly after: FeedPosition | undefined;
  /** The most clients; 1 or more. */
  readonly limit: number;
  /** True for the records to look among. */
  wants(record: number): boolean;
}

/** One page. */
export interface Page<T> {
  readonly clients: readonly T[];
  /** The position at which the next page begins. */
  readonly next: FeedPosition;
  /** False if this page has reached the end of the feed. */
  readonly hasMore: boolean;
}

/** Sources of the pages. */
export interface ClientPagesOptions {
  readonly store: Store;
  readonly pace: Pace;
  readonly nearby: NearbyClients;
}

/** Lists clients. */
export class ClientPages {
  readonly #store: Store;
  readonly #pace: Pace;
  readonly #nearby: NearbyClients;
  readonly #location = new RecordLocation();

  /** Lists the clients of this store, at the pace of its server. */
  constructor({ store, pace, nearby }: ClientPagesOptions) {
    this.#store = store;
    this.#pace = pace;
    this.#nearby = nearby;
  }

  /**
   * One page, with the result of `view` for each client. Every client that stands still is on one page; one
   * that moves comes again. Looks at no more than is given, 64 records of the feed for each, or all of the area.
   */
  async page<T>(query: PageQuery, view: (record: number) => T): Promise<Page<T>> {
    const { area, after, limit, wants } = query;
    const { feed } = this.#store;
    const clients: T[] = [];
    using reader = feed.readFrom(feed.resume(after));
    const page = (position: number, hasMore: boolean) => ({
      clients,
      next: { feedId: feed.id, position },
      hasMore,
    });
    const most = area === undefined ? Infinity : limit * RECORDS_A_CLIENT;
    for (let looked = 0; looked < most; looked++) {
      if (looked % RECORDS_A_PIECE === 0) await this.#pace.pause();
      const record = reader.next();
      if (record === 0) return page(reader.position, false);
      if (!this.#isIn(record, area) || !wants(record)) continue;
      clients.push(view(record));
      if (clients.length === limit) return page(reader.position, !reader.isAtEnd);
    }
    const rest = limit - clients.length;
    const gathered = await this.#nearby.gather({
      area: area!,
      after: reader.position,
      limit: rest,
      wants,
    });
    for (const [index, { record, position }] of gathered.found.entries()) {
      if (index % RECORDS_A_PIECE === 0) await this.#pace.pause();
      if (feed.positionOf(record) !== position || !this.#store.isLocated(record)) continue;
      clients.push(view(record));
    }
    return page(gathered.position, gathered.hasMore);
  }

  #isIn(record: number, area: Area | undefined): boolean {
    if (!this.#store.isLocated(record)) return false;
    return area === undefined || area.contains(this.#location.read(this.#store, record));
  }
}
