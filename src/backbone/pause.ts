// Publishing stands still while the stream takes nothing: for want of room, or of rights. Reading goes
// on meanwhile.

import { Backoff } from "../base/waiting.ts";
import type { BackboneEnvironment } from "./environment.ts";
import type { Refusal } from "./stream.ts";

/** A pause that is on, or of which the end is tried. */
export class Pause implements Disposable {
  readonly #environment: BackboneEnvironment;
  readonly #onTry: () => void;
  readonly #backoff: Backoff;
  #refusal: Refusal | undefined;
  #cancel: (() => void) | undefined;

  /** `onTry` is called when it is time to try again. */
  constructor(environment: BackboneEnvironment, onTry: () => void) {
    const { timings, random } = environment;
    this.#environment = environment;
    this.#onTry = onTry;
    this.#backoff = new Backoff({
      firstMs: timings.firstPauseMs,
      maxMs: timings.maxPauseMs,
      // At least half of the limit: a stream that is full is not empty a moment later.
      random: () => 0.5 + random() / 2,
    });
  }

  /** The reason why nothing is published; undefined when all is well. */
  get refusal(): Refusal | undefined {
    return this.#refusal;
  }

  /** True while nothing may be published. */
  get isOn(): boolean {
    return this.#cancel !== undefined;
  }

  /** True after the wait, until it is known whether the stream takes something again. */
  get isTrying(): boolean {
    return this.#refusal !== undefined && !this.isOn;
  }

  /** Something was refused, of which the reason holds for everything. */
  begin(refusal: Refusal): void {
    // What was under way is refused like the first: that is one pause.
    if (this.isOn) return;
    const { clock, log, timings: { deniedMs }, random } = this.#environment;
    const waitMs = refusal.kind === "rights"
      ? deniedMs * (0.5 + random() / 2)
      : this.#backoff.next();
    if (this.#refusal?.reason !== refusal.reason) {
      log.warn("backbone.paused", { reason: refusal.reason, nextTryMs: Math.ceil(waitMs) });
    }
    this.#refusal = refusal;
    this.#cancel = clock.after(waitMs, () => {
      this.#cancel = undefined;
      this.#onTry();
    });
  }

  /** The stream took something: nothing is in the way any more. */
  end(): void {
    if (!this.isTrying) return;
    this.#refusal = undefined;
    this.#backoff.reset();
    this.#environment.log.info("backbone.resumed");
    this.#onTry();
  }

  [Symbol.dispose](): void {
    this.#cancel?.();
  }
}
