// When to publish what others may be publishing just as well: a moment later, at random, so that one of
// them is first and the others see that it was. Whoever was not first waits longer.

import type { BackboneEnvironment } from "./environment.ts";

/** Says up to where in the feed the time has come. */
export class Courtesy implements Disposable {
  readonly #environment: Pick<BackboneEnvironment, "clock" | "timings" | "random">;
  readonly #onDue: () => void;
  #limit = 0;
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
    this.#onDue = onDue;
  }

  /** Entries up to this position may be published. */
  get limit(): number {
    return this.#limit;
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

  /** Another server published what this one did, and before it: it may go on alone for a while. */
  yield(position: number): void {
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
