// Lines of links for tests that speak as one end of a link themselves.

import { Instant } from "../../../src/base/instant.ts";
import { formatPos } from "../../../src/flood/messages.ts";

/** POS of a leader that has no backlog for anybody, up to and with the space before its MAC. */
export function posAt(position: number, clock: Instant = new Instant()): string {
  return formatPos({
    position,
    livePosition: position,
    isBehind: false,
    freshLines: 0,
    mendedLines: 0,
    clock,
  });
}
