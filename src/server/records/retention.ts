// Drops clients that were not heard of for a given time, and removals that are old, a little at a time.

import type { Clock } from "../../base/clock.ts";
import type { Store } from "../../store/store.ts";
import type { ExpiryClock } from "./expiry_clock.ts";

/** Time between two steps of the sweep: with the records of a step, a million come round in 25 s. */
const TICK_MS = 500;
/** The same while there is no clock to go by yet. */
const FIRST_TICK_MS = 20;
const RECORDS_PER_TICK = 20_000;

/**
 * Time for which a removal is kept, and wins over older news: 30 days. A server that was away longer may
 * bring the client back.
 */
export const REMOVAL_SECONDS = 30 * 86_400;

/** Time between two rounds that take what was dropped out of the disk too: that may rewrite much of it. */
const ERASE_MS = 24 * 3600 * 1000;

/** Keeps a store's horizon where it belongs, and sweeps behind it. */
export class Retention implements Disposable {
  readonly #store: Store;
  readonly #clock: Clock;
  readonly #retainSeconds: number | undefined;
  readonly #expiry: Pick<ExpiryClock, "look">;
  readonly #erase: () => void;
  readonly #readAgain: () => void;
  #cancel: () => void = () => {};
  #dropped = 0;
  #erased = 0;
  #erasedMs: number;

  /**
   * Begins at once. `expiry` is the time by which records expire. `erase` takes what was
   * dropped out of the disk, once a day at most; `readAgain` has all that was dropped read again from
   * the others, because the horizon was ahead.
   */
  constructor(
    store: Store,
    { clock, retainSeconds, expiry, erase, readAgain }: {
      readonly clock: Clock;
      /** Time for which clients are kept; undefined keeps them for ever. */
      readonly retainSeconds: number | undefined;
      readonly expiry: Pick<ExpiryClock, "look">;
      erase(): void;
      readAgain(): void;
    },
  ) {
    this.#store = store;
    this.#clock = clock;
    this.#retainSeconds = retainSeconds;
    this.#expiry = expiry;
    this.#erase = erase;
    this.#readAgain = readAgain;
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
    const { seconds, wasAhead } = this.#expiry.look();
    if (seconds !== undefined) {
      const before = (kept: number) => Math.max(0, Math.floor(seconds - kept));
      const retained = this.#retainSeconds;
      if (retained !== undefined) this.#store.horizon = before(retained);
      this.#store.removalHorizon = before(Math.min(retained ?? Infinity, REMOVAL_SECONDS));
      this.#dropped += this.#store.sweep(RECORDS_PER_TICK);
    }
    // Where nothing is dropped but removals, and none was, nothing is missing.
    if (wasAhead && (this.#retainSeconds !== undefined || this.#dropped > 0)) this.#readAgain();
    const nowMs = this.#clock.monotonicMs();
    if (this.#dropped > this.#erased && nowMs - this.#erasedMs >= ERASE_MS) {
      this.#erased = this.#dropped;
      this.#erasedMs = nowMs;
      this.#erase();
    }
    const tickMs = seconds === undefined ? FIRST_TICK_MS : TICK_MS;
    this.#cancel = this.#clock.after(tickMs, () => this.#tick());
  }
}
