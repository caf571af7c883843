// Drops clients that were not heard of for a given time, a little at a time.

import type { Clock } from "../../base/clock.ts";
import type { Store } from "../../store/store.ts";
import { horizonOf } from "./storage.ts";

/** How often, and how many records are looked at each time: a million come round in 25 s. */
const TICK_MS = 500;
const RECORDS_PER_TICK = 20_000;

/** How often what was dropped is taken out of the disk too: that may rewrite much of it. */
const ERASE_MS = 24 * 3600 * 1000;

/** Keeps a store's horizon where it belongs, and sweeps behind it. */
export class Retention implements Disposable {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #retainSeconds: number;
  readonly #erase: () => void;
  #cancel: () => void = () => {};
  #dropped = 0;
  #erased = 0;
  #erasedMs: number;

  /** Begins at once. `erase` takes what was dropped out of the disk; it is called once a day at most. */
  constructor(
    store: Store,
    { clock, retainSeconds, erase }: {
      readonly clock: Clock;
      readonly retainSeconds: number;
      readonly erase: () => void;
    },
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#retainSeconds = retainSeconds;
    this.#erase = erase;
    this.#erasedMs = clock.monotonicMs();
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
    const nowMs = this.#clock.monotonicMs();
    if (this.#dropped > this.#erased && nowMs - this.#erasedMs >= ERASE_MS) {
      this.#erased = this.#dropped;
      this.#erasedMs = nowMs;
      this.#erase();
    }
    this.#cancel = this.#clock.after(TICK_MS, () => this.#tick());
  }
}
