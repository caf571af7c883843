// Looks at one server ten times a second, so that nothing has to be noted when it happens: how late
// its turns come, and where its feed ends.

import type { Store } from "../../store/store.ts";
import { Histogram } from "../../base/histogram.ts";
import { PositionAges } from "./position_ages.ts";

const LOOK_MS = 100;

/** Upper bounds for delays of the event loop in seconds. */
const DELAY_BOUNDS = [0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1];

/** What looking tells. */
export class Monitor implements Disposable {
  /** By how many seconds timers were late: what a client may wait for its turn. */
  readonly loopDelay: Histogram = new Histogram(DELAY_BOUNDS);
  /** When the feed's end was where. */
  readonly ages: PositionAges;
  readonly #store: Store;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #dueMs = 0;

  /** Begins to look. */
  constructor(store: Store) {
    this.#store = store;
    this.ages = new PositionAges(store.feed.end, performance.now());
    this.#lookLater();
  }

  /** Looks no more. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #lookLater(): void {
    this.#dueMs = performance.now() + LOOK_MS;
    this.#timer = setTimeout(() => this.#look(), LOOK_MS);
  }

  #look(): void {
    const nowMs = performance.now();
    this.loopDelay.observe(Math.max(0, nowMs - this.#dueMs) / 1000);
    this.ages.look(this.#store.feed.end, nowMs);
    this.#lookLater();
  }
}
