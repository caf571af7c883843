// Looks at one server ten times a second, so that nothing has to be noted when it happens: how late
// its turns come, and where its feed ends.

import type { Clock } from "../../base/clock.ts";
import type { Store } from "../../store/store.ts";
import { Histogram } from "../../base/histogram.ts";
import { PositionAges } from "./position_ages.ts";

const LOOK_MS = 100;

/** Upper bounds for delays of the event loop in seconds. */
const DELAY_BOUNDS = [0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

/** The findings of a look. */
export class Monitor implements Disposable {
  /** By how many seconds timers were late: what a client may wait for its turn. */
  readonly loopDelay: Histogram = new Histogram(DELAY_BOUNDS);
  /** Times at which the feed's end was at certain positions. */
  readonly #ages: PositionAges;
  readonly #store: Store;
  readonly #clock: Clock;
  #cancel: () => void = () => {};
  #dueMs = 0;

  /** Begins to look. */
  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.#ages = new PositionAges(store.feed.end, clock.monotonicMs());
    this.#lookLater();
  }

  /** Seconds since the oldest change after `position` was made; see `PositionAges`. */
  secondsBehind(position: number): number {
    return this.#ages.secondsBehind(position, this.#clock.monotonicMs());
  }

  /** Looks no more. */
  [Symbol.dispose](): void {
    this.#cancel();
  }

  #lookLater(): void {
    this.#dueMs = this.#clock.monotonicMs() + LOOK_MS;
    this.#cancel = this.#clock.after(LOOK_MS, () => this.#look());
  }

  #look(): void {
    const nowMs = this.#clock.monotonicMs();
    this.loopDelay.observe(Math.max(0, nowMs - this.#dueMs) / 1000);
    this.#ages.look(this.#store.feed.end, nowMs);
    this.#lookLater();
  }
}
