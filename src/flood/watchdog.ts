// Tells when something has been silent for too long.

import type { Clock } from "../base/clock.ts";

/** Calls `onSilence` once when `touch` was not called for `silenceMs` milliseconds. */
export class Watchdog implements Disposable {
  readonly #clock: Clock;
  readonly #silenceMs: number;
  readonly #onSilence: () => void;
  #touchedMs: number;
  #cancel: () => void;

  constructor(clock: Clock, silenceMs: number, onSilence: () => void) {
    this.#clock = clock;
    this.#silenceMs = silenceMs;
    this.#onSilence = onSilence;
    this.#touchedMs = clock.monotonicMs();
    this.#cancel = clock.after(silenceMs, () => this.#look());
  }

  /** Says that it is alive. Cheap: no timer is touched. */
  touch(): void {
    this.#touchedMs = this.#clock.monotonicMs();
  }

  [Symbol.dispose](): void {
    this.#cancel();
  }

  #look(): void {
    const leftMs = this.#touchedMs + this.#silenceMs - this.#clock.monotonicMs();
    if (leftMs <= 0) this.#onSilence();
    else this.#cancel = this.#clock.after(leftMs, () => this.#look());
  }
}
