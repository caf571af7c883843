// Judges a server's own clock by those of its neighbours.

import { type Clock, wallSeconds } from "../base/clock.ts";
import type { BackboneStatus } from "../backbone/backbone.ts";
import type { NeighbourStatus } from "../flood/neighbour.ts";

/** Beyond this offset between two clocks newer and older may be confused, in seconds. */
export const MAX_CLOCK_OFFSET_SECONDS = 2.5;

/**
 * Nobody is heard; at least half of the others agree with this server, which is most of all; it
 * differs from the only one that it hears, so that nobody knows who is wrong; it differs from most.
 */
export type ClockVerdict = "alone" | "agreed" | "disputed" | "off";

/** The own clock beside the others'. */
export interface ClockLook {
  readonly verdict: ClockVerdict;
  /** The median of the others' clocks minus the own one, in seconds; 0 if nobody is heard. */
  readonly offsetSeconds: number;
}

/** Whom a server hears. */
export interface ClockPeers {
  readonly neighbours: ReadonlyMap<string, NeighbourStatus>;
  readonly backbone: BackboneStatus | undefined;
}

/** Looks at all clocks, as of now: the own one may have been set since a neighbour was heard. */
export function lookAtClocks(clock: Clock, { neighbours, backbone }: ClockPeers): ClockLook {
  const wallAgainstSteady = wallSeconds(clock) - clock.monotonicMs() / 1000;
  const offsets = [...neighbours.values()].flatMap(({ isFollowing, clockAgainstSteady }) =>
    isFollowing && clockAgainstSteady !== undefined ? [clockAgainstSteady - wallAgainstSteady] : []
  );
  if (backbone?.isLevel) offsets.push(backbone.clockOffsetSeconds);
  const sorted = offsets.toSorted((a, b) => a - b);
  const offsetSeconds = sorted[sorted.length >> 1] ?? 0;
  const far = offsets.filter((it) => Math.abs(it) > MAX_CLOCK_OFFSET_SECONDS).length;
  const verdict = offsets.length === 0
    ? "alone"
    : far * 2 <= offsets.length
    ? "agreed"
    : offsets.length === 1
    ? "disputed"
    : "off";
  return { verdict, offsetSeconds };
}

/** The reason why a server may not date anything itself, for people; undefined if it may. */
export function whyNotDate({ verdict, offsetSeconds }: ClockLook): string | undefined {
  if (verdict === "off") return `Its clock is ${apart(offsetSeconds)} most of its neighbours'`;
  if (verdict === "disputed") {
    return `Its clock is ${apart(offsetSeconds)} that of the only other server it hears`;
  }
  return undefined;
}

function apart(offsetSeconds: number): string {
  const seconds = Math.abs(offsetSeconds).toFixed(1);
  return offsetSeconds > 0 ? `${seconds} s behind` : `${seconds} s ahead of`;
}
