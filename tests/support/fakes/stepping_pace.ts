// A pace that pauses before every piece of work, so that a test can do something in between.

import { Pace } from "../../../src/server/turns/pace.ts";
import { ManualClock } from "./manual_clock.ts";

/** Pauses always, and counts. */
export class SteppingPace extends Pace {
  /** Pieces of work so far. */
  pieces = 0;
  readonly #between: (piece: number) => void;

  /** Calls `between` in every pause, with the number of the piece that follows. */
  constructor(between: (piece: number) => void = () => {}) {
    super(new ManualClock());
    this.#between = between;
  }

  override pause(): Promise<void> {
    this.pieces++;
    return Promise.resolve().then(() => this.#between(this.pieces));
  }
}
