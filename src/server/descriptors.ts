// Descriptors that a server's limits need, and limits that do with fewer: so that a crowd of clients
// is refused by rules, and does not take what links, the disk and HTTP need.

import type { Limits } from "./limits.ts";

/** The limits that are numbers of connections. */
export type ConnectionLimits = Pick<
  Limits,
  "maxConnections" | "maxHttpConnections" | "maxTrials"
>;

/** A server's needs besides connections that strangers open. */
export interface OwnNeeds {
  readonly neighbours: number;
  /** Connections that have still to prove that they are neighbours'. */
  readonly maxHandshakes: number;
  /** Calls to a places service at one time. */
  readonly maxPlacesCalls: number;
}

/**
 * For the disk, the log, listeners and name resolution, and for connections that are closed: those of a
 * crowd that come in one turn are gone in the next one.
 */
const OWN_DESCRIPTORS = 96;

/** Of an edge two connections are links, and each may overlap with the one that replaces it. */
const DESCRIPTORS_PER_NEIGHBOUR = 4;

/** With too few descriptors this share of those for strangers is HTTP's, and that one trials'. */
const HTTP_SHARE = 1 / 4;
const TRIAL_SHARE = 1 / 16;

/** The descriptors that a server may need at one time. */
export function neededDescriptors(limits: ConnectionLimits, own: OwnNeeds): number {
  const { maxConnections, maxHttpConnections, maxTrials } = limits;
  return maxConnections + maxHttpConnections + maxTrials + ownDescriptors(own);
}

/** The same limits, or lower ones that do with so many descriptors; each at least 1. */
export function fitLimits<L extends ConnectionLimits>(
  limits: L,
  own: OwnNeeds,
  descriptors: number,
): L {
  if (neededDescriptors(limits, own) <= descriptors) return limits;
  // A server with hardly any takes a few clients all the same: its neighbours may be fewer today.
  const rest = Math.max(16, descriptors - ownDescriptors(own));
  const maxTrials = Math.min(limits.maxTrials, Math.floor(rest * TRIAL_SHARE));
  const maxHttpConnections = Math.min(limits.maxHttpConnections, Math.floor(rest * HTTP_SHARE));
  const maxConnections = Math.min(limits.maxConnections, rest - maxTrials - maxHttpConnections);
  return { ...limits, maxTrials, maxHttpConnections, maxConnections };
}

function ownDescriptors({ neighbours, maxHandshakes, maxPlacesCalls }: OwnNeeds): number {
  return OWN_DESCRIPTORS + DESCRIPTORS_PER_NEIGHBOUR * neighbours + maxHandshakes + maxPlacesCalls;
}
