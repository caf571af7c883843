// A deterministic world: virtual time and seeded chance. The same seed gives the same course of
// events, on every machine. What happens in it is for wires.ts, disk.ts, incarnation.ts and herd.ts.

import process from "node:process";
import type { Clock } from "../../../src/base/clock.ts";
import type { Instant } from "../../../src/base/instant.ts";
import { EventQueue } from "./event_queue.ts";

/** Virtual POSIX time at which every world begins, in milliseconds. */
const EPOCH_MS = 1_800_000_000_000;

const HEX = "0123456789abcdef";

/** The shortest wait, in milliseconds: a nanosecond. */
const MIN_WAIT_MS = 1e-6;

/** Virtual time and chance. */
export class World {
  /** Uniform in [0, 1). */
  readonly random: () => number;
  readonly #events = new EventQueue();
  #nowMs = 0;

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  /** Milliseconds since the world began. */
  get nowMs(): number {
    return this.#nowMs;
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  /** True if something happens that does so with this probability. */
  happens(probability: number): boolean {
    return this.random() < probability;
  }

  /** One of the values. */
  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }

  /** 128 pseudo-random bits as 32 hexadecimal digits. */
  token(): string {
    let token = "";
    for (let i = 0; i < 32; i++) token += HEX[this.below(16)];
    return token;
  }

  /** Runs `run` after `ms` of virtual time, unless the returned function is called. */
  after(ms: number, run: () => void): () => void {
    // Less would be lost in rounding: whoever waits for what is left of a time would wait for ever.
    const waitMs = ms > 0 ? Math.max(ms, MIN_WAIT_MS) : ms;
    return this.#events.add(this.#nowMs + waitMs, run);
  }

  /** Resolves after `ms` of virtual time. */
  pass(ms: number): Promise<void> {
    return new Promise((resolve) => void this.after(ms, resolve));
  }

  /**
   * Lets virtual time pass. `afterEach` runs after each event and all that follows from it at once;
   * when it gives `true`, time stops there.
   */
  async run(ms: number, afterEach: () => boolean | void = () => {}): Promise<void> {
    const endMs = this.#nowMs + ms;
    // From the event loop's next turn on all that runs is microtasks, which `settle` counts on.
    await new Promise((resolve) => setImmediate(resolve));
    for (;;) {
      const event = this.#events.takeUntil(endMs);
      if (event === undefined) break;
      this.#nowMs = event.atMs;
      event.run();
      await settle();
      if (afterEach() === true) return;
    }
    this.#nowMs = endMs;
  }

  /** A clock that is `offsetMs` ahead of the world's, for as long as `isAlive`. */
  clock(offsetMs: number, isAlive: () => boolean): Clock {
    return {
      now: (into) => this.tell(offsetMs, into),
      monotonicMs: () => this.#nowMs,
      after: (ms, callback) => this.after(ms, () => isAlive() && callback()),
    };
  }

  /** The POSIX time on a clock that is `offsetMs` ahead of the world's. */
  tell(offsetMs: number, into: Instant): void {
    const ms = EPOCH_MS + this.#nowMs + offsetMs;
    into.set(Math.floor(ms / 1000), Math.floor((ms % 1000) * 1e6));
  }
}

/** sfc32 (Chris Doty-Humphrey's "small fast chaotic" generator), its state drawn from one seed. */
function seededRandom(seed: number): () => number {
  let a = 0x9e3779b9, b = 0x243f6a88, c = seed | 0, counter = 1;
  const next = () => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 4_294_967_296;
  };
  // The first numbers of neighbouring seeds resemble each other.
  for (let i = 0; i < 15; i++) next();
  return next;
}

/**
 * Waits until no promise that can go on without an event is left. Asked for by a microtask, a tick
 * comes after all other microtasks, also those that they add, and costs no turn of the event loop.
 */
function settle(): Promise<void> {
  return new Promise((resolve) => process.nextTick(resolve));
}
