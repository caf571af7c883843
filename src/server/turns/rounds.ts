// Serves many busy connections in rounds, each once a round. The runtime (Tokio's cooperative budget)
// lets 128 operations on sockets through in one turn and puts the others off; and whoever was served
// and has sent again by the next turn comes before those who were put off. Left to that, 128 of a
// thousand busy connections are served all the time, and the others wait for seconds.

import type { Clock } from "../../base/clock.ts";

/** So many operations in one turn may have put others off. Not 128: links take their share. */
const FULL_TURN = 120;

/** Steps of the microtask queue within which all writes of one turn come through. */
const TURN_STEPS = 4;

/** A round is over when so many timers in a row have seen no operation. */
const QUIET_TIMERS = 2;

/**
 * Timers take longer than a round. Whoever was busy in a round that they ended is taken for all who
 * are for so many rounds, which end without them.
 */
const MAX_TRUSTS = 16;

/** The rounds of all connections of a server. */
export class Rounds {
  readonly #clock: Clock;
  #members = 0;
  /** Of the present turn: connections that are served, and these and writes that came through. */
  #served = 0;
  #operations = 0;
  /** Steps until the turn is over. */
  #steps = 0;
  /** Turns so far. */
  #turns = 0;
  /** True if a turn was full: from then on who was served waits until all others were. */
  #isCrowded = false;
  /** True if the present turn began before the round did, so that it says nothing of it. */
  #isNew = false;
  #held: (() => void)[] = [];
  /** So many were held when timers ended a round, and for how many rounds more they are taken for all. */
  #busy = 0;
  #trusts = 0;
  #cancelTimer: () => void = () => {};

  /** Nobody is there yet. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** A connection has sent something for the first time. */
  join(): void {
    this.#members++;
  }

  /** A connection that joined is gone. */
  leave(): void {
    this.#members--;
    if (this.#isCrowded && this.#members < FULL_TURN) this.#end();
    else this.#endIfAllWait();
  }

  /** Notes that a write has come through: its connection is served now. */
  serve(): void {
    if (this.#members < FULL_TURN) return;
    this.#served++;
    this.#count();
  }

  /** A write has come through. */
  wrote(): void {
    if (this.#members >= FULL_TURN) this.#count();
  }

  /**
   * To be asked when a connection was served, before it is read from again. Gives something to wait
   * for if others come first.
   */
  whenNext(): Promise<void> | undefined {
    if (!this.#isCrowded) return undefined;
    return new Promise((resolve) => {
      this.#held.push(resolve);
      this.#endIfAllWait();
    });
  }

  #count(): void {
    this.#operations++;
    if (this.#steps > 0) return;
    this.#steps = TURN_STEPS;
    queueMicrotask(this.#step);
  }

  readonly #step = (): void => {
    if (--this.#steps > 0) queueMicrotask(this.#step);
    else this.#endTurn();
  };

  #endTurn(): void {
    this.#turns++;
    if (!this.#isCrowded) {
      if (this.#served >= FULL_TURN) this.#begin();
    } else if (this.#operations < FULL_TURN && !this.#isNew) this.#end();
    this.#isNew = false;
    this.#served = this.#operations = 0;
  }

  #begin(): void {
    this.#isCrowded = this.#isNew = true;
    this.#watch(this.#turns, QUIET_TIMERS);
  }

  /** Ends the round, and begins the next one if there may be need for it. */
  #end(): void {
    this.#cancelTimer();
    const held = this.#held;
    this.#held = [];
    this.#isCrowded = false;
    if (held.length >= FULL_TURN) this.#begin();
    for (const resume of held) resume();
  }

  #endIfAllWait(): void {
    if (!this.#isCrowded) return;
    const { length } = this.#held;
    if (length >= this.#members) this.#end();
    else if (this.#trusts > 0 && length >= this.#busy) {
      this.#trusts--;
      this.#end();
    }
  }

  /** Ends a round after whose last, full turn nothing came. */
  #watch(turns: number, timers: number): void {
    this.#cancelTimer = this.#clock.after(0, () => {
      if (this.#turns !== turns) this.#watch(this.#turns, QUIET_TIMERS);
      else if (timers > 1) this.#watch(turns, timers - 1);
      else {
        this.#busy = this.#held.length;
        this.#trusts = this.#busy >= FULL_TURN ? MAX_TRUSTS : 0;
        this.#end();
      }
    });
  }
}
