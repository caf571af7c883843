// Whether a server does what it is there for: ready for clients, and whatever is not as it should be.

import type { NodeStatus } from "./status.ts";

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
 * when it is not stopping and hears of others, if there is anybody to hear of: it follows a neighbour,
 * or is level with the backbone.
 */
export function healthOf(status: NodeStatus): Health {
  const neighbours = [...status.neighbours.values()];
  const unready: string[] = [];
  const degraded: string[] = [];
  if (status.isStopping) unready.push("It is stopping");
  const { backbone } = status;
  const isAlone = !neighbours.some((it) => it.isFollowing) && !backbone?.isLevel;
  if (neighbours.length > 0 && isAlone) unready.push("It follows none of its neighbours");
  else if (backbone !== undefined && isAlone) unready.push("It is not level with the backbone");
  for (const { name, isFollowing, clockOffsetSeconds } of neighbours) {
    if (!isFollowing) degraded.push(`It does not follow '${name}'`);
    else if (Math.abs(clockOffsetSeconds) > MAX_CLOCK_OFFSET_SECONDS) {
      degraded.push(`Its clock and that of '${name}' are ${clockOffsetSeconds.toFixed(1)} s apart`);
    }
  }
  if (backbone !== undefined && !backbone.isLevel) {
    // The reason may name hosts: that is for the log, which not everybody reads.
    degraded.push(
      backbone.server === undefined
        ? "It is not connected to the backbone; the log says why"
        : "It has not caught up with the backbone",
    );
  } else if (Math.abs(backbone?.clockOffsetSeconds ?? 0) > MAX_CLOCK_OFFSET_SECONDS) {
    const seconds = backbone!.clockOffsetSeconds.toFixed(1);
    degraded.push(`Its clock and that of the backbone are ${seconds} s apart`);
  }
  for (const fault of backbone?.faults ?? []) degraded.push(`Backbone: ${fault}`);
  if (backbone !== undefined && backbone.passedOver > 0) {
    degraded.push(
      `The backbone does not take ${backbone.passedOver} of its records; the log says why`,
    );
  }
  if (status.records.disk?.trouble !== undefined) {
    // The reason names files: that is for the log, which not everybody reads.
    degraded.push("Its disk takes nothing; the log says why");
  }
  return { unready, degraded };
}
