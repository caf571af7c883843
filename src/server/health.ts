// Whether a server does what it is there for: ready for clients, and whatever is not as it should be.

import type { HerdNode } from "./node.ts";

/** Over this offset between a neighbour's clock and ours newer and older may be confused, in s. */
export const MAX_CLOCK_OFFSET_SECONDS = 2.5;

/** How a server is, each list with reasons for people. */
export interface Health {
  /** Why clients had better go elsewhere; empty when it is ready. */
  readonly unready: readonly string[];
  /** What is wrong though it serves; empty when all is well. */
  readonly degraded: readonly string[];
}

/**
 * How a server is now. A node listens, and has its records back, from its making on; so it is ready
 * when it is not stopping and follows a neighbour, if it has any.
 */
export function healthOf(node: HerdNode): Health {
  const neighbours = [...node.links.neighbours.values()];
  const unready: string[] = [];
  const degraded: string[] = [];
  if (node.isStopping) unready.push("It is stopping");
  if (neighbours.length > 0 && neighbours.every((it) => it.following === undefined)) {
    unready.push("It follows none of its neighbours");
  }
  for (const { name, following, clockOffsetSeconds } of neighbours) {
    if (following === undefined) degraded.push(`It does not follow '${name}'`);
    else if (Math.abs(clockOffsetSeconds) > MAX_CLOCK_OFFSET_SECONDS) {
      degraded.push(`Its clock and that of '${name}' are ${clockOffsetSeconds.toFixed(1)} s apart`);
    }
  }
  if (node.disk?.trouble !== undefined) {
    // The reason names files: that is for the log, which not everybody reads.
    degraded.push("Its disk takes nothing; the log says why");
  }
  return { unready, degraded };
}
