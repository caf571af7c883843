// `/v1/changes` of an area: who comes into it, moves in it and goes. See ../changes.ts for the stream itself.

import { awaitedLater } from "../../../base/background.ts";
import { WakeUp } from "../../../base/waiting.ts";
import type { WatchHandle } from "../../../server/readers/area_watches.ts";
import type { Area } from "../../../server/readers/area.ts";
import type { Feed } from "../../../store/feed.ts";
import { clientView, removalView } from "../client_view.ts";
import type { HttpContext } from "../../context.ts";
import { Problem } from "../../problem.ts";
import type { ChangeEvents, PutEvent } from "./change_events.ts";

/** Clients that are dropped while a slow one has not been told. With more its stream ends. */
const MAX_LOST = 16_384;

/** The area to watch, and from when on. */
export interface AreaStreamOptions {
  readonly area: Area;
  wants(record: number): boolean;
  /**
   * `all` tells who is in the area first; `again` too, after `reset`: the client knows some, and forgets them;
   * `now` tells what comes from now on.
   */
  readonly from: "all" | "again" | "now";
}

export class AreaEvents implements ChangeEvents {
  /** Wakes when a client was dropped: that is no change of the feed. */
  readonly news: WakeUp = new WakeUp();
  readonly #watch: WatchHandle;
  readonly #beginning: Promise<void>;
  readonly #feed: Feed;
  #hasBegun = false;
  #isAgain: boolean;
  #isAtEnd = false;
  /** Printed events of clients that were dropped before anybody asked. */
  #lost: (readonly [event: string, data: object])[] = [];
  #hasLostTrack = false;
  #position: number;
  #put: PutEvent = () => false;

  /**
   * Begins to watch.
   *
   * @throws {Problem} 503 if there are too many watches.
   */
  constructor(
    { store, watches, nearby }: Pick<HttpContext, "store" | "watches" | "nearby">,
    { area, wants, from }: AreaStreamOptions,
  ) {
    this.#feed = store.feed;
    this.#isAgain = from === "again";
    this.#position = store.feed.end;
    const watch = watches.add({
      area,
      wants,
      see: (sight, record) => {
        // A dropped client may be here again, as another record.
        this.#tellLost();
        const update = store.read(record);
        return this.#put(sight, sight === "forget" ? removalView(update) : clientView(update));
      },
      lose: (record) => {
        if (this.#lost.length >= MAX_LOST) this.#hasLostTrack = true;
        else this.#lost.push(["forget", removalView(store.read(record))]);
        this.news.wake();
      },
    });
    if (watch === undefined) throw new Problem(503, "Too many areas are watched already");
    this.#watch = watch;
    const start = this.#position;
    const holds = (record: number) => {
      const { lat: latitude, lon: longitude } = clientView(store.read(record));
      return area.contains({ latitude, longitude });
    };
    const isIn = (record: number) => store.isLocated(record) && wants(record) && holds(record);
    const begin = (record: number) => {
      if (!watch.isOpen() || !store.isRecord(record)) return;
      const isKnown = from === "now" && store.feed.positionOf(record) <= start;
      if (!isKnown) watch.mark(record);
      else if (isIn(record)) watch.assumeTold(record);
    };
    // The stream may be over before anybody takes what is in it.
    this.#beginning = awaitedLater(nearby.each(area, begin));
  }

  get isAtEnd(): boolean {
    return this.#isAtEnd && this.#lost.length === 0 && this.#position === this.#feed.end;
  }

  get position(): number {
    return this.#position;
  }

  async fill(put: PutEvent): Promise<boolean> {
    if (!this.#hasBegun) {
      await this.#beginning;
      this.#hasBegun = true;
    }
    if (this.#isAgain) {
      this.#isAgain = false;
      put("reset", {});
    }
    this.#put = put;
    const position = await this.#watch.look();
    this.#tellLost();
    this.#isAtEnd = position !== undefined;
    this.#position = position ?? this.#position;
    return !this.#hasLostTrack;
  }

  #tellLost(): void {
    for (const [event, data] of this.#lost.splice(0)) this.#put(event, data);
  }

  [Symbol.dispose](): void {
    this.#watch[Symbol.dispose]();
  }
}
