// `/v1/changes` of the whole feed. See ../changes.ts for the stream itself.

import { HorizonWatch } from "../../../server/readers/horizon_watch.ts";
import type { FeedReader } from "../../../store/feed.ts";
import type { Store } from "../../../store/store.ts";
import type { Pace } from "../../../server/turns/pace.ts";
import type { ChangeEvents, PutEvent } from "./change_events.ts";
import { clientView, removalView } from "../client_view.ts";
import type { HttpContext } from "../../context.ts";
import { NOW, positionOf } from "../parameters.ts";

/** Events in one piece of work: some 0.2 ms. */
const EVENTS_A_PIECE = 32;

export class FeedEvents implements ChangeEvents {
  readonly news = undefined;
  readonly #store: Store;
  readonly #pace: Pace;
  readonly #horizon: HorizonWatch;
  readonly #wants: ((record: number) => boolean) | undefined;
  #reader: FeedReader;
  /** True if the client holds a position that says nothing here: it was told of what may be gone. */
  #isAgain: boolean;

  /** Gives the records that `wants` lets through, all without it, from `since` on; or all, after `reset`. */
  constructor(
    { store, pace }: Pick<HttpContext, "store" | "pace">,
    { since, wants }: {
      readonly since: string | undefined;
      readonly wants: ((record: number) => boolean) | undefined;
    },
  ) {
    const { feed } = store;
    this.#store = store;
    this.#pace = pace;
    this.#wants = wants;
    this.#horizon = new HorizonWatch(store);
    const held = since === undefined || since === NOW ? undefined : positionOf(since);
    const start = since === NOW ? feed.end : feed.resume(held);
    this.#isAgain = held !== undefined && start < held.position;
    this.#reader = feed.readFrom(start);
  }

  get position(): number {
    return this.#reader.position;
  }

  get isAtEnd(): boolean {
    return this.#reader.isAtEnd;
  }

  async fill(put: PutEvent, mayGoOn: () => boolean): Promise<boolean> {
    if (this.#isAgain) {
      this.#isAgain = false;
      put("reset", {});
    }
    for (let events = 0;; events++) {
      if (events % EVENTS_A_PIECE === 0) {
        const pause = this.#pace.pause();
        if (pause !== undefined) await pause;
        if (!mayGoOn()) return false;
        this.#followHorizon();
      }
      const record = this.#reader.next();
      if (record === 0) return true;
      if (this.#store.isExpired(record) || this.#wants?.(record) === false) continue;
      const update = this.#store.read(record);
      const goesOn = update.isRemoval
        ? put("removal", removalView(update))
        : put("location", clientView(update));
      if (!goesOn) return true;
    }
  }

  [Symbol.dispose](): void {
    this.#reader[Symbol.dispose]();
  }

  /** A horizon that went back lets records in again that were left out: all are given anew. */
  #followHorizon(): void {
    if (this.#horizon.hasGoneBack()) {
      this.#reader[Symbol.dispose]();
      this.#reader = this.#store.feed.readFrom(0);
    }
    this.#horizon.look();
  }
}
