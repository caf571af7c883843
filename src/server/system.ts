// The machine's own clock, timers, randomness and network, as the layers below take them.

import type { Clock } from "../base/clock.ts";
import type { Instant } from "../base/instant.ts";

/** The clocks are compared again after this time, not at every reading of a busy server. */
const COMPARE_MS = 1;

/** More than this between the two clocks is a clock that was set or slewed, in milliseconds. */
const MAX_DRIFT_MS = 0.02;

/** Readings of both clocks within this time are of one instant; a slower pair was interrupted. */
const ONE_INSTANT_MS = 0.01;
const MAX_READINGS = 4;

/**
 * The machine's clock to within 50 us: the steady clock, pinned to the wall clock, which takes longer
 * to read. A clock that is set, and a machine that slept, are followed after a millisecond.
 */
export class SystemClock implements Clock {
  readonly #wallMs: () => number;
  readonly #steadyMs: () => number;
  #originMs = NaN;
  #comparedMs = -Infinity;

  /** Both in milliseconds with fractions: `wallMs` since 1970, `steadyMs` since any instant. */
  constructor(wallMs: () => number = wallNow, steadyMs: () => number = steadyNow) {
    this.#wallMs = wallMs;
    this.#steadyMs = steadyMs;
  }

  now(into: Instant): void {
    let steadyMs = this.#steadyMs();
    if (steadyMs - this.#comparedMs >= COMPARE_MS) {
      this.#compare();
      steadyMs = this.#steadyMs();
    }
    const ms = this.#originMs + steadyMs;
    const seconds = Math.floor(ms / 1000);
    into.set(seconds, Math.min(999_999_999, Math.floor((ms - seconds * 1000) * 1e6)));
  }

  monotonicMs(): number {
    return this.#steadyMs();
  }

  after(ms: number, callback: () => void): () => void {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  }

  /** Pins the steady clock anew where the two have come apart by more than a reading's own doubt. */
  #compare(): void {
    let doubtMs = Infinity;
    let originMs = NaN;
    for (let i = 0; i < MAX_READINGS && doubtMs > ONE_INSTANT_MS; i++) {
      const beforeMs = this.#steadyMs();
      const wallMs = this.#wallMs();
      const afterMs = this.#steadyMs();
      if (afterMs - beforeMs >= doubtMs) continue;
      doubtMs = afterMs - beforeMs;
      originMs = wallMs - (beforeMs + afterMs) / 2;
    }
    this.#comparedMs = this.#steadyMs();
    const isClose = Math.abs(originMs - this.#originMs) <= MAX_DRIFT_MS + doubtMs / 2;
    if (!isClose) this.#originMs = originMs;
  }
}

/** Milliseconds since 1970, to a quarter of a microsecond: a double has no more. */
function wallNow(): number {
  return Number(Temporal.Now.instant().epochNanoseconds) / 1e6;
}

function steadyNow(): number {
  return performance.now();
}

/** 128 random bits as 32 hexadecimal digits. */
export function randomToken(): string {
  return crypto.getRandomValues(new Uint8Array(16)).toHex();
}
