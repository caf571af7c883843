// What all ports of a server share: one clock, one table of limits, and turns that are taken in common,
// so that no port's clients keep those of another one waiting.

import type { Clock } from "../base/clock.ts";
import { type Given, withDefaults } from "../base/defaults.ts";
import type { Log } from "../base/log.ts";
import { LIMITS, type Limits } from "./limits.ts";
import { Pace } from "./turns/pace.ts";
import { Rounds } from "./turns/rounds.ts";

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

/** The surroundings of a server's own ports: its limits may change while it runs. */
export interface OwnDoors extends Doors {
  readonly limits: { -readonly [Name in keyof Limits]: Limits[Name] };
}

/** Makes them; limits that are left out have their defaults. */
export function makeDoors(
  { clock, log, limits }: Pick<Doors, "clock" | "log"> & {
    readonly limits?: Given<Limits> | undefined;
  },
): OwnDoors {
  return {
    clock,
    log,
    limits: withDefaults(LIMITS, limits),
    pace: new Pace(clock),
    rounds: new Rounds(clock),
  };
}
