// A clock that stands still until a test lets time pass.

import type { Clock } from "../../../src/base/clock.ts";
import type { Instant } from "../../../src/base/instant.ts";

/** Time of the test's own: POSIX time begins at 1,000,000,000. */
export class ManualClock implements Clock {
  #nowMs = 0;
  #timers: { atMs: number; callback: () => void }[] = [];

  now(into: Instant): void {
    const ms = 1e12 + this.#nowMs;
    into.set(Math.floor(ms / 1000), Math.floor(ms % 1000) * 1e6);
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  /** How many timers are set. */
  get pendingTimers(): number {
    return this.#timers.length;
  }

  after(ms: number, callback: () => void): () => void {
    const timer = { atMs: this.#nowMs + ms, callback };
    this.#timers.push(timer);
    return () => this.#timers = this.#timers.filter((it) => it !== timer);
  }

  /** Lets time pass, and everything that is due happen in its order, promises included. */
  async pass(ms: number): Promise<void> {
    const endMs = this.#nowMs + ms;
    await settle();
    for (;;) {
      const [next] = this.#timers.toSorted((a, b) => a.atMs - b.atMs);
      if (next === undefined || next.atMs > endMs) break;
      this.#timers = this.#timers.filter((it) => it !== next);
      this.#nowMs = Math.max(this.#nowMs, next.atMs);
      next.callback();
      await settle();
    }
    this.#nowMs = endMs;
  }

  /** Lets time pass at once: what was due on the way happens at its end, and once. */
  async skip(ms: number): Promise<void> {
    this.#nowMs += ms;
    await this.pass(0);
  }
}

/** Waits until no promise is left that can go on by itself. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
