// Two processes under one name, such as a server that was started on two machines. Each takes the
// other's links away, again and again; so a neighbour keeps the one that answers where the topology has
// the server, and says so. What clients tell the other one stays there until it is the one.

import type { Clock } from "../base/clock.ts";

/** The time within which a sight is about now, in milliseconds. */
export const TWIN_MS = 60_000;

/** Times that an incarnation came back after another one: a restart never does. */
const MIN_RETURNS = 2;

/** Watches the incarnations of one name. */
export class TwinWatch {
  readonly #clock: Pick<Clock, "monotonicMs">;
  /** The times at which each incarnation was seen last. */
  readonly #seenMs = new Map<string, number>();
  #last: string | undefined;
  #returnsMs: number[] = [];
  #untilMs = -Infinity;
  #ownUntilMs = -Infinity;

  constructor(clock: Pick<Clock, "monotonicMs">) {
    this.#clock = clock;
  }

  /** True while two processes have the neighbour's name. */
  get areSeen(): boolean {
    return this.#clock.monotonicMs() < this.#untilMs;
  }

  /** True while the neighbour says that another process has this server's name. */
  get isOwn(): boolean {
    return this.#clock.monotonicMs() < this.#ownUntilMs;
  }

  /**
   * An incarnation has proved itself; `linked` is the one that follows us now, and `followed` the one
   * that we follow. True if it is another process beside that one.
   */
  see(incarnation: string, linked: string | undefined, followed = linked): boolean {
    const nowMs = this.#clock.monotonicMs();
    const recent = (ms: number) => nowMs - ms < TWIN_MS;
    const isBack = this.#last !== incarnation && recent(this.#seenMs.get(incarnation) ?? -Infinity);
    for (const [it, ms] of this.#seenMs) if (!recent(ms)) this.#seenMs.delete(it);
    this.#seenMs.set(incarnation, nowMs);
    this.#last = incarnation;
    this.#returnsMs = this.#returnsMs.filter(recent);
    if (isBack) this.#returnsMs.push(nowMs);
    const isOther = linked !== undefined && linked !== incarnation;
    if (this.#returnsMs.length >= MIN_RETURNS || this.areSeen && isOther) {
      this.#untilMs = nowMs + TWIN_MS;
    }
    return this.areSeen && isOther && followed !== incarnation;
  }

  /** The neighbour says that another process has this server's name. */
  seeOwn(): void {
    this.#ownUntilMs = this.#clock.monotonicMs() + TWIN_MS;
  }
}
