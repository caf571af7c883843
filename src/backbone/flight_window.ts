// How many messages of a backlog may be under way: more while they are read soon after they were
// published, less when that takes longer, so that a backlog delays nobody's news.

/** Messages under way to begin with, and at least. */
export const FIRST_ROOM = 16;

/** Factor by which the room shrinks when the delay is over the target. */
const SHRINKING = 0.7;

/** Sizes and delays. */
export interface WindowLimits {
  /** The most that may be under way. */
  readonly maxInFlight: number;
  /** A message is to be published and read back within this time. */
  readonly targetDelayMs: number;
}

/** Additive increase by delay, multiplicative decrease, once a round trip. */
export class FlightWindow {
  readonly #limits: WindowLimits;
  #room = FIRST_ROOM;
  #underWay = 0;
  #shrunkMs = -Infinity;

  constructor(limits: WindowLimits) {
    this.#limits = limits;
  }

  /** True while one more may leave. */
  get hasRoom(): boolean {
    return this.#underWay < Math.min(this.#room, this.#limits.maxInFlight);
  }

  /** One leaves. */
  leave(): void {
    this.#underWay++;
  }

  /** One was read after `delayMs`, or will not be: then the delay is left out. */
  land(nowMs: number, delayMs?: number): void {
    this.#underWay--;
    if (delayMs === undefined) return;
    if (delayMs <= this.#limits.targetDelayMs) {
      if (this.#room < this.#limits.maxInFlight) this.#room++;
    } else if (nowMs - this.#shrunkMs > delayMs) {
      this.#room = Math.max(FIRST_ROOM, Math.floor(this.#room * SHRINKING));
      this.#shrunkMs = nowMs;
    }
  }

  /** Begins with few again. */
  restart(): void {
    this.#room = FIRST_ROOM;
  }
}
