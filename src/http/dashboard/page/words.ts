// The state of the herd in sentences, for the head of the page and for screen readers.

import type { HerdSnapshot } from "../data/herd.ts";
import * as format from "./format.ts";

/** The number of servers that are up, and the state of the others. */
export interface ServersInWords {
  readonly up: string;
  /** Such as `servers up, 1 down, 1 not heard of`. */
  readonly others: string;
  readonly isWhole: boolean;
}

/** Counts servers: one that is not heard of may be up as well as down. */
export function serversInWords({ servers }: Pick<HerdSnapshot, "servers">): ServersInWords {
  const count = (state: string) => servers.filter((it) => it.state === state).length;
  const [up, down, unknown] = [count("up"), count("down"), count("unknown")];
  return {
    up: `${up} of ${servers.length}`,
    others: "servers up" + (down > 0 ? `, ${down} down` : "") +
      (unknown > 0 ? `, ${unknown} not heard of` : ""),
    isWhole: up === servers.length,
  };
}

/** Description of the map and its keys, for screen readers. */
export function mapInWords(clients: number, { up, others }: ServersInWords): string {
  return `World map with ${format.count(clients)} clients; ${up} ${others}. ` +
    "Arrow keys move it, plus and minus zoom, 0 shows the whole world, f all clients, " +
    "slash looks for a client, question mark lists all keys.";
}
