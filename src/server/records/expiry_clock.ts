// The time by which records expire. What is dropped is gone for good, so this is not the wall clock,
// which may be set: it is steady time, which takes over a jump of the wall clock only with good reason.

import { type Clock, wallSeconds } from "../../base/clock.ts";
import { type ClockVerdict, MAX_CLOCK_OFFSET_SECONDS } from "../peer_clocks.ts";

/** A server that hears nobody believes its wall clock this long after its start. */
const ALONE_AT_START_MS = 60_000;

/** A jump ahead that the others confirm counts after this time: they may be on the same machine. */
const CONFIRMED_AHEAD_MS = 60_000;

/** A jump back that the others confirm counts after this time: by then each was heard again. */
const CONFIRMED_BACK_MS = 3_000;

/** Two looks see the same jump if it is as wide to within this, in seconds. */
const SAME_JUMP_SECONDS = 1;

/** Steady time that follows the wall clock with care. */
export class ExpiryClock {
  readonly #clock: Clock;
  readonly #verdict: () => ClockVerdict;
  readonly #startedMs: number;
  /** POSIX seconds minus steady seconds; undefined until there is reason to believe any clock. */
  #lead: number | undefined;
  /** The distance of the wall clock from this one, in seconds, and since when. */
  #jump: { readonly seconds: number; readonly sinceMs: number } | undefined;

  /** `verdict` is what the others' clocks say of the own one now. */
  constructor(clock: Clock, verdict: () => ClockVerdict) {
    this.#clock = clock;
    this.#verdict = verdict;
    this.#startedMs = clock.monotonicMs();
  }

  /**
   * Looks at the clocks. POSIX seconds, or undefined as long as no clock can be believed, which is at
   * most until others are heard or a minute is over; and true if this clock turned out to have been
   * further ahead than clocks in a herd may be.
   */
  look(): { readonly seconds: number | undefined; readonly wasAhead: boolean } {
    const steadyMs = this.#clock.monotonicMs();
    const wallLead = wallSeconds(this.#clock) - steadyMs / 1000;
    const verdict = this.#verdict();
    const before = this.#lead;
    if (before === undefined) {
      const isBelieved = verdict === "agreed" ||
        verdict === "alone" && steadyMs - this.#startedMs >= ALONE_AT_START_MS;
      if (isBelieved) this.#lead = wallLead;
    } else if (this.#counts(wallLead - before, verdict, steadyMs)) this.#lead = wallLead;
    const seconds = this.#lead === undefined ? undefined : this.#lead + steadyMs / 1000;
    const wasAhead = before !== undefined && this.#lead! < before - MAX_CLOCK_OFFSET_SECONDS;
    return { seconds, wasAhead };
  }

  /** True if the wall clock has been this far away for long enough. */
  #counts(seconds: number, verdict: ClockVerdict, steadyMs: number): boolean {
    if (this.#jump === undefined || Math.abs(seconds - this.#jump.seconds) > SAME_JUMP_SECONDS) {
      this.#jump = { seconds, sinceMs: steadyMs };
    }
    const alone = Math.abs(seconds) * 1000;
    const confirmed = seconds > 0 ? CONFIRMED_AHEAD_MS : CONFIRMED_BACK_MS;
    const neededMs = verdict === "alone"
      ? alone
      : verdict === "agreed"
      ? Math.min(alone, confirmed)
      : Infinity;
    if (steadyMs - this.#jump.sinceMs < neededMs) return false;
    this.#jump = undefined;
    return true;
  }
}
