// One direction of a wire: bytes under way, then bytes that arrived and were not read yet, always
// in the order in which they were sent.

import type { World } from "./world.ts";

/** The way between two machines. */
export interface Path {
  /** Until when nothing comes through; it is late then, not lost. */
  readonly blockedUntilMs: number;
}

/** How many deliveries take long, and how much longer. */
const SLOW_SHARE = 0.02;
const SLOW_FACTOR = 10;

/** What is under way: bytes, the end of the stream, or an error that takes its place. */
interface Delivery {
  readonly what: Uint8Array | "end" | "error";
  readonly dueMs: number;
}

/** One direction of a wire. */
export class Lane {
  /** Swallows everything from now on, also what is under way. */
  isSilent = false;
  /** Asked when bytes arrive: whether the receiving end takes them. */
  takes: () => boolean = () => true;
  /** Called when there is something to read. */
  onArrival: () => void = () => {};
  /** Called when there is room to send again. */
  onRoom: () => void = () => {};

  readonly #world: World;
  readonly #path: Path;
  readonly #maxDelayMs: number;
  readonly #windowBytes: number;
  readonly #underWay: Delivery[] = [];
  #arrived: Uint8Array[] = [];
  /** Bytes under way, unread or swallowed: the sender cannot tell these apart. */
  #unreadBytes = 0;
  #isEnded = false;
  #isBroken = false;
  #isArmed = false;

  constructor(world: World, path: Path, maxDelayMs: number, windowBytes: number) {
    this.#world = world;
    this.#path = path;
    this.#maxDelayMs = maxDelayMs;
    this.#windowBytes = windowBytes;
  }

  /** True if the receiving end knows that the wire is broken. */
  get isBroken(): boolean {
    return this.#isBroken;
  }

  /** How many bytes can be sent now. */
  get room(): number {
    return this.#windowBytes - this.#unreadBytes;
  }

  /** Sends bytes, which are the lane's from now on. */
  send(bytes: Uint8Array): void {
    this.#unreadBytes += bytes.length;
    this.#dispatch(bytes);
  }

  /** Ends the stream after all that was sent. */
  end(): void {
    this.#dispatch("end");
  }

  /** Ends the stream with an error after all that was sent: what came the other way is refused. */
  refuse(): void {
    this.#dispatch("error");
  }

  /** Copies what has arrived; null at the end of the stream, undefined when there is nothing yet. */
  read(buffer: Uint8Array): number | null | undefined {
    const chunk = this.#arrived[0];
    if (chunk === undefined) {
      if (this.#isBroken) throw new Error("The wire broke");
      return this.#isEnded ? null : undefined;
    }
    const count = Math.min(chunk.length, buffer.length);
    buffer.set(chunk.subarray(0, count));
    if (count === chunk.length) this.#arrived.shift();
    else this.#arrived[0] = chunk.subarray(count);
    const wasFull = this.room <= 0;
    this.#unreadBytes -= count;
    if (wasFull) this.onRoom();
    return count;
  }

  /** Breaks at once, at a random byte of what was sent and not read. */
  break(): void {
    const sent = [...this.#arrived];
    for (const { what } of this.#underWay) {
      // What comes after something that was swallowed never arrives.
      if (what instanceof Uint8Array && !this.isSilent) sent.push(what);
    }
    let left = this.#world.below(sent.reduce((sum, { length }) => sum + length, 0) + 1);
    this.#arrived = [];
    for (const bytes of sent) {
      if (left <= 0) break;
      this.#arrived.push(bytes.subarray(0, left));
      left -= bytes.length;
    }
    this.#underWay.length = 0;
    this.#isBroken = true;
    this.onArrival();
  }

  #dispatch(what: Delivery["what"]): void {
    const { random, nowMs } = this.#world;
    const delayMs = random() * this.#maxDelayMs *
      (this.#world.happens(SLOW_SHARE) ? SLOW_FACTOR : 1);
    const beforeMs = this.#underWay.at(-1)?.dueMs ?? 0;
    this.#underWay.push({ what, dueMs: Math.max(beforeMs, nowMs + delayMs) });
    this.#arm();
  }

  #arm(): void {
    const next = this.#underWay[0];
    if (next === undefined || this.#isArmed) return;
    this.#isArmed = true;
    const dueMs = Math.max(next.dueMs, this.#path.blockedUntilMs);
    this.#world.after(dueMs - this.#world.nowMs, () => {
      this.#isArmed = false;
      if (this.#path.blockedUntilMs <= this.#world.nowMs) this.#deliver();
      this.#arm();
    });
  }

  #deliver(): void {
    while (this.#underWay.length > 0 && this.#underWay[0]!.dueMs <= this.#world.nowMs) {
      const { what } = this.#underWay.shift()!;
      if (this.isSilent || this.#isBroken) continue;
      if (what === "error") this.#isBroken = true;
      else if (what === "end") this.#isEnded = true;
      else if (this.takes()) this.#arrived.push(what);
    }
    this.onArrival();
  }
}
