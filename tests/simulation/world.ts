// A deterministic world: virtual time, seeded randomness, and byte connections that delay, break in
// the middle of a line, or fall silent. The servers in it run the project's own store and links.

import type { Clock } from "../../src/protocol/clock.ts";
import type { Instant } from "../../src/protocol/instant.ts";
import type { Connection } from "../../src/flood/connection.ts";

/** Virtual POSIX time at which every world begins, in milliseconds. */
const EPOCH_MS = 1_800_000_000_000;

/** mulberry32: small, fast, and the same on every machine. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

interface Event {
  readonly atMs: number;
  readonly number: number;
  readonly run: () => void;
  isCancelled: boolean;
}

/** Virtual time and chance. */
export class World {
  readonly random: () => number;
  nowMs = 0;
  #events: Event[] = [];
  #count = 0;

  constructor(seed: number) {
    this.random = seededRandom(seed);
  }

  /** A whole number from 0 to below `limit`. */
  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  /** One of the values. */
  pick<T>(values: readonly T[]): T {
    return values[this.below(values.length)]!;
  }

  /** 128 pseudo-random bits as 32 hexadecimal digits. */
  token(): string {
    return Array.from({ length: 32 }, () => this.below(16).toString(16)).join("");
  }

  /** Runs `run` after `ms` of virtual time, unless the returned function is called. */
  after(ms: number, run: () => void): () => void {
    const event = { atMs: this.nowMs + ms, number: this.#count++, run, isCancelled: false };
    // Events are few at a time: a sorted list is plain and fast enough.
    let at = this.#events.length;
    while (at > 0 && this.#events[at - 1]!.atMs > event.atMs) at--;
    this.#events.splice(at, 0, event);
    return () => event.isCancelled = true;
  }

  /** Lets virtual time pass; `afterEach` runs after each event and all that follows from it. */
  async run(ms: number, afterEach: () => void = () => {}): Promise<void> {
    const endMs = this.nowMs + ms;
    await settle();
    while (this.#events.length > 0 && this.#events[0]!.atMs <= endMs) {
      const event = this.#events.shift()!;
      if (event.isCancelled) continue;
      this.nowMs = event.atMs;
      event.run();
      await settle();
      afterEach();
    }
    this.nowMs = endMs;
  }

  /** A clock that is `offsetMs` ahead of the world's, for as long as `isAlive`. */
  clock(offsetMs: number, isAlive: () => boolean): Clock {
    return {
      now: (into: Instant) => {
        const ms = EPOCH_MS + this.nowMs + offsetMs;
        into.set(Math.floor(ms / 1000), Math.floor((ms % 1000) * 1e6));
      },
      monotonicMs: () => this.nowMs,
      after: (ms, callback) => this.after(ms, () => isAlive() && callback()),
    };
  }
}

/** Waits until no promise that can go on without an event is left. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Two ends of a byte stream. */
export class Wire {
  readonly ends: readonly [End, End];
  /** Whether bytes still arrive; a silent wire swallows them and tells nobody. */
  isSilent = false;

  constructor(world: World, maxDelayMs: number) {
    const one = new End(world, this, maxDelayMs);
    const other = new End(world, this, maxDelayMs);
    one.peer = other;
    other.peer = one;
    this.ends = [one, other];
  }

  /** Breaks the wire: what is under way is lost, from the middle of a line on. */
  cut(): void {
    for (const end of this.ends) end.break();
  }
}

/** One end of a wire. */
export class End implements Connection {
  peer!: End;
  readonly #world: World;
  readonly #wire: Wire;
  readonly #maxDelayMs: number;
  #arrived: Uint8Array[] = [];
  #isOver = false;
  #isBroken = false;
  #wakeReader: (() => void) | undefined;
  #lastArrivalMs = 0;

  constructor(world: World, wire: Wire, maxDelayMs: number) {
    this.#world = world;
    this.#wire = wire;
    this.#maxDelayMs = maxDelayMs;
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    while (this.#arrived.length === 0) {
      if (this.#isBroken) throw new Error("Broken wire");
      if (this.#isOver) return null;
      await new Promise<void>((resolve) => this.#wakeReader = resolve);
    }
    const chunk = this.#arrived[0]!;
    const count = Math.min(chunk.length, buffer.length);
    buffer.set(chunk.subarray(0, count));
    if (count === chunk.length) this.#arrived.shift();
    else this.#arrived[0] = chunk.subarray(count);
    return count;
  }

  async write(bytes: Uint8Array): Promise<number> {
    if (this.#isBroken || this.#isOver) throw new Error("Broken wire");
    // A write may take only a part of it.
    const count = this.#world.random() < 0.2 ? 1 + this.#world.below(bytes.length) : bytes.length;
    const sent = bytes.slice(0, count);
    const arrivalMs = Math.max(
      this.#lastArrivalMs,
      this.#world.nowMs + this.#world.random() * this.#maxDelayMs,
    );
    this.#lastArrivalMs = arrivalMs;
    await new Promise<void>((resolve) => {
      this.#world.after(arrivalMs - this.#world.nowMs, () => {
        if (!this.#wire.isSilent) this.peer.#arrive(sent);
        resolve();
      });
    });
    if (this.#isBroken) throw new Error("Broken wire");
    return count;
  }

  close(): void {
    this.#end();
    const { peer } = this;
    this.#world.after(this.#world.random() * this.#maxDelayMs, () => {
      if (!this.#wire.isSilent) peer.#end();
    });
  }

  /** Ends it at once, with what had arrived cut at a random byte. */
  break(): void {
    const last = this.#arrived.pop();
    if (last !== undefined) {
      const kept = last.slice(0, this.#world.below(last.length + 1));
      if (kept.length > 0) this.#arrived.push(kept);
    }
    this.#isBroken = true;
    this.#wakeReader?.();
  }

  #arrive(bytes: Uint8Array): void {
    if (this.#isOver || this.#isBroken) return;
    this.#arrived.push(bytes);
    this.#wakeReader?.();
  }

  #end(): void {
    this.#isOver = true;
    this.#wakeReader?.();
  }
}
