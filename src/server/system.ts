// The machine's own clock, timers, randomness and network, as the layers below take them.

import type { Clock } from "../base/clock.ts";
import type { Instant } from "../base/instant.ts";

/** How far the two clocks may drift apart before the wall clock is read anew, in milliseconds. */
const MAX_DRIFT_MS = 1.5;

/** The clocks are compared again after so long, not at every reading of a busy server. */
const COMPARE_MS = 1;

/** The machine's clock: microseconds from the steady clock, pinned to the wall clock. */
export class SystemClock implements Clock {
  readonly #wallMs: () => number;
  readonly #steadyMs: () => number;
  #originMs: number;
  #comparedMs: number;

  /** `wallMs` is in whole milliseconds since 1970, `steadyMs` in any since whenever. */
  constructor(wallMs: () => number = Date.now, steadyMs: () => number = steadyNow) {
    this.#wallMs = wallMs;
    this.#steadyMs = steadyMs;
    this.#comparedMs = steadyMs();
    this.#originMs = wallMs() - this.#comparedMs;
  }

  now(into: Instant): void {
    const steadyMs = this.#steadyMs();
    if (steadyMs - this.#comparedMs >= COMPARE_MS) this.#compare(steadyMs);
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

  #compare(steadyMs: number): void {
    this.#comparedMs = steadyMs;
    const wallMs = this.#wallMs();
    // Whole milliseconds are cut: up to 1 ms is no drift. What is more is a clock that was set, or a
    // machine that slept.
    const drift = wallMs - (this.#originMs + steadyMs);
    if (drift > MAX_DRIFT_MS || drift < -1 - MAX_DRIFT_MS) this.#originMs = wallMs - steadyMs;
  }
}

function steadyNow(): number {
  return performance.now();
}

/** 128 random bits as 32 hexadecimal digits. */
export function randomToken(): string {
  return crypto.getRandomValues(new Uint8Array(16)).toHex();
}
