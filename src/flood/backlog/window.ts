// How much of a backlog may be under way to a follower. All that is between the two ends, such as in
// the buffers of both kernels, stands before the fresh news that comes next; so no more is sent than
// what keeps the follower busy. The window follows the time from a batch to its ACK, as LEDBAT follows
// the delay of a path (RFC 6817): above the least that was seen it is time spent in queues.

import type { Clock } from "../../base/clock.ts";
import type { LinkTimings } from "../environment.ts";

type Limits = Pick<LinkTimings, "minWindowBytes" | "maxWindowBytes" | "queueMs">;

/** The least delay is of the last 10 to 20 s: paths change. */
const MEMORY_MS = 10_000;

/** Once it was too large, a window grows by this in the time that an ACK takes. */
const STEP_BYTES = 16 * 1024;

/** Factor by which too large a window shrinks, at most once in the time that an ACK takes. */
const SHRINK = 0.7;

interface Batch {
  readonly position: number;
  readonly bytes: number;
  readonly sentMs: number;
}

/** The backlog that is under way to one follower. */
export class Window {
  readonly #clock: Pick<Clock, "monotonicMs">;
  readonly #limits: Limits;
  #bytes: number;
  readonly #underWay: Batch[] = [];
  #underWayBytes = 0;
  /** The least delay since `#sinceMs`, and in the time before. */
  #leastMs = Infinity;
  #leastBeforeMs = Infinity;
  #sinceMs: number;
  #shrunkMs = -Infinity;
  /** True until it was too large for the first time: it doubles in the time that an ACK takes. */
  #isStarting = true;

  /** Nothing is under way. */
  constructor(clock: Pick<Clock, "monotonicMs">, limits: Limits) {
    this.#clock = clock;
    this.#limits = limits;
    this.#bytes = limits.minWindowBytes;
    this.#sinceMs = clock.monotonicMs();
  }

  /** Number of bytes that may be sent now. */
  get room(): number {
    return Math.max(0, this.#bytes - this.#underWayBytes);
  }

  /** Notes backlog that is sent, which brings the follower to a position. */
  sent(position: number, bytes: number): void {
    this.#underWay.push({ position, bytes, sentMs: this.#clock.monotonicMs() });
    this.#underWayBytes += bytes;
  }

  /** Notes what the follower has applied. */
  acknowledged(position: number): void {
    let last: Batch | undefined;
    let bytes = 0;
    while (this.#underWay.length > 0 && this.#underWay[0]!.position <= position) {
      last = this.#underWay.shift()!;
      bytes += last.bytes;
    }
    if (last === undefined) return;
    this.#underWayBytes -= bytes;
    const nowMs = this.#clock.monotonicMs();
    const delayMs = nowMs - last.sentMs;
    if (delayMs - this.#least(delayMs, nowMs) <= this.#limits.queueMs) {
      const growth = this.#isStarting ? bytes : STEP_BYTES * Math.min(1, bytes / this.#bytes);
      this.#bytes = Math.min(this.#limits.maxWindowBytes, this.#bytes + growth);
    } else if (nowMs - this.#shrunkMs > delayMs) {
      this.#isStarting = false;
      this.#bytes = Math.max(this.#limits.minWindowBytes, this.#bytes * SHRINK);
      this.#shrunkMs = nowMs;
    }
  }

  #least(delayMs: number, nowMs: number): number {
    if (nowMs - this.#sinceMs > MEMORY_MS) {
      this.#leastBeforeMs = this.#leastMs;
      this.#leastMs = Infinity;
      this.#sinceMs = nowMs;
    }
    this.#leastMs = Math.min(this.#leastMs, delayMs);
    return Math.min(this.#leastMs, this.#leastBeforeMs);
  }
}
