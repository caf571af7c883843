// What all ports of a server share: one clock, one table of limits, and turns that are taken in common,
// so that no port's clients keep those of another one waiting.

import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Rounds } from "./turns/rounds.ts";
import type { Limits } from "./limits.ts";
import type { Pace } from "./turns/pace.ts";

/** The surroundings of a port. */
export interface Doors {
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: Limits;
  /** Has busy connections let others have their turn. */
  readonly pace: Pace;
  /** Has many busy connections be served in turns. */
  readonly rounds: Rounds;
}
