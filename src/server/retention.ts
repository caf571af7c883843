// Drops clients that were not heard of for a given time, a little at a time.

import type { Clock } from "../protocol/clock.ts";
import type { Store } from "../store/store.ts";
import { horizonOf } from "./storage.ts";

/** How often, and how many records are looked at each time: a million come round in 25 s. */
const TICK_MS = 500;
const RECORDS_PER_TICK = 20_000;

/** Keeps a store's horizon where it belongs, and sweeps behind it. */
export class Retention implements Disposable {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #retainSeconds: number;
  #cancel: () => void = () => {};
  #dropped = 0;

  /** Begins at once. */
  constructor(store: Store, clock: Clock, retainSeconds: number) {
    this.#store = store;
    this.#clock = clock;
    this.#retainSeconds = retainSeconds;
    this.#tick();
  }

  /** Records dropped since start. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Stops. */
  [Symbol.dispose](): void {
    this.#cancel();
  }

  #tick(): void {
    this.#store.horizon = horizonOf(this.#clock, this.#retainSeconds);
    this.#dropped += this.#store.sweep(RECORDS_PER_TICK);
    this.#cancel = this.#clock.after(TICK_MS, () => this.#tick());
  }
}
