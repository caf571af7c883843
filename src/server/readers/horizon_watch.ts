// The horizon of a store as a reader of its feed sees it. A reader keeps what has not expired; neither
// that a record expires nor that it is there again, when the horizon goes back, is a change of the feed.

import type { Store } from "../../store/store.ts";

/** Tells a reader when it has to look at all that it keeps, or to read the feed from its start again. */
export class HorizonWatch {
  readonly #store: Pick<Store, "horizon">;
  /** Something may have been left out that is not before any lower horizon. */
  #highest: number;
  /** Nothing is kept that is from before this. */
  #kept: number;

  constructor(store: Pick<Store, "horizon">) {
    this.#store = store;
    this.#highest = this.#kept = store.horizon;
  }

  /** To be called in each turn in which the reader keeps records or leaves them out. */
  look(): void {
    const { horizon } = this.#store;
    this.#highest = Math.max(this.#highest, horizon);
    this.#kept = Math.min(this.#kept, horizon);
  }

  /** To be called when the reader begins to look at all that it keeps. */
  lookAtAll(): void {
    this.#kept = this.#store.horizon;
  }

  /** True if nothing is kept that has expired. */
  get isFollowed(): boolean {
    return this.#store.horizon <= this.#kept;
  }

  /** True while the horizon is behind one that was looked at. */
  get isBack(): boolean {
    return this.#store.horizon < this.#highest;
  }

  /** The same; takes note, so that it is true once. */
  hasGoneBack(): boolean {
    if (!this.isBack) return false;
    this.#highest = this.#store.horizon;
    return true;
  }
}
