// One backlog at a time: all neighbours may have the same records, so each of them but one waits until
// what the others sent need not be sent again. A neighbour that makes no progress holds nobody up.

import type { Clock } from "../../base/clock.ts";

/** The turn of one neighbour to send its backlog; disposing of it lets the next one begin. */
export interface Turn extends Disposable {
  /** Says that more of the backlog has come. */
  progress(): void;
}

/** Hands out turns in the order in which they were asked for. */
export class BacklogTurns {
  readonly #clock: Pick<Clock, "after">;
  readonly #stallMs: number;
  readonly #waiting: { begin(): void }[] = [];
  #holder: object | undefined;
  #cancel: () => void = () => {};

  /** The next one begins after `stallMs` without progress of the one before. */
  constructor(clock: Pick<Clock, "after">, stallMs: number) {
    this.#clock = clock;
    this.#stallMs = stallMs;
  }

  /** Calls `begin` when it is the caller's turn, which may be at once. */
  ask(begin: () => void): Turn {
    const asked = { begin };
    this.#waiting.push(asked);
    if (this.#holder === undefined) this.#goOn();
    return {
      progress: () => {
        if (this.#holder === asked) this.#watch();
      },
      [Symbol.dispose]: () => {
        const place = this.#waiting.indexOf(asked);
        if (place >= 0) this.#waiting.splice(place, 1);
        if (this.#holder === asked) this.#goOn();
      },
    };
  }

  #goOn(): void {
    this.#cancel();
    const next = this.#holder = this.#waiting.shift();
    if (next === undefined) return;
    this.#watch();
    next.begin();
  }

  #watch(): void {
    this.#cancel();
    this.#cancel = this.#clock.after(this.#stallMs, () => this.#goOn());
  }
}
