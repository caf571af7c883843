// The horizon of a store as a reader of its feed sees it. A reader leaves out what has expired, and none
// of that comes again by the feed when the horizon goes back.

import type { Store } from "../../store/store.ts";

/** Tells a reader when it has to read the feed from its start again. */
export class HorizonWatch {
  readonly #store: Pick<Store, "horizon">;
  #highest: number;

  constructor(store: Pick<Store, "horizon">) {
    this.#store = store;
    this.#highest = store.horizon;
  }

  /** To be called in each turn in which the reader leaves records out. */
  look(): void {
    this.#highest = Math.max(this.#highest, this.#store.horizon);
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
