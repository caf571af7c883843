// When and how fast to publish what others may be publishing just as well: a moment later, at random,
// so that one of them is first and the others see that it was; few messages at first, then more and
// more. Whoever was not first waits longer and begins with few again.

import type { BackboneEnvironment } from "./environment.ts";

/** Messages in flight to begin with. */
const FIRST_ROOM = 16;

/** Says up to where in the feed the time has come, and how many messages may be in flight. */
export class Courtesy implements Disposable {
  readonly #environment: Pick<BackboneEnvironment, "clock" | "timings" | "random">;
  readonly #onDue: () => void;
  #limit = 0;
  #room: number;
  #waitMs: number;
  #hasYielded = false;
  #cancel: (() => void) | undefined;

  /** `onDue` is called when the limit has moved on. */
  constructor(
    environment: Pick<BackboneEnvironment, "clock" | "timings" | "random">,
    onDue: () => void,
  ) {
    this.#environment = environment;
    this.#waitMs = environment.timings.courtesyMs;
    this.#room = FIRST_ROOM;
    this.#onDue = onDue;
  }

  /** What is up to this position may be published. */
  get limit(): number {
    return this.#limit;
  }

  /** While fewer messages than this are in flight. */
  get room(): number {
    return Math.min(this.#room, this.#environment.timings.maxInFlight);
  }

  /** Lets the limit follow in time to where the feed ends now, if the reader is not there yet. */
  look(position: number, end: number): void {
    if (this.#cancel !== undefined || position >= end || this.#limit >= end) return;
    const { clock, timings, random } = this.#environment;
    this.#cancel = clock.after(this.#waitMs * (0.5 + random()), () => {
      this.#cancel = undefined;
      this.#limit = end;
      if (!this.#hasYielded) this.#waitMs = timings.courtesyMs;
      this.#hasYielded = false;
      this.#onDue();
    });
  }

  /** A message was first: two may follow it. */
  grow(): void {
    if (this.#room < this.#environment.timings.maxInFlight) this.#room++;
  }

  /** Another server published what this one did, and before it: it may go on alone for a while. */
  yield(position: number): void {
    this.#room = FIRST_ROOM;
    if (this.#hasYielded) return;
    this.#hasYielded = true;
    this.#waitMs = Math.min(this.#waitMs * 2, this.#environment.timings.maxCourtesyMs);
    this.#cancel?.();
    this.#cancel = undefined;
    this.#limit = position;
  }

  [Symbol.dispose](): void {
    this.#cancel?.();
  }
}
