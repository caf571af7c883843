// Where an update comes from, as far as the store decides by it, and what comes of it.

/** The one who brings an update. */
export interface Source {
  /** The bit of the neighbour that brings it, which then has it; 0 for anybody else. */
  readonly bit: number;
  /** False for a client: ties are for servers, and room may be refused to clients alone. */
  readonly isServer: boolean;
  /** True for what a server sends out of its backlog: it waits behind fresh news when passed on. */
  readonly isLate: boolean;
}

export const CLIENT: Source = { bit: 0, isServer: false, isLate: false };

/** This server itself, or one that has no bit. */
export const SERVER: Source = { bit: 0, isServer: true, isLate: false };

/** A server that has a bit: what it brings is known to it. */
export function serverOf(bit: number, isLate: boolean = false): Source {
  return { bit, isServer: true, isLate };
}

/**
 * The answer of `Store.apply`: `newer` updates are stored, `same` ones are stored already, and the others
 * change nothing. `older` ones lose against the record, `tied` ones of a client are as old as it to the
 * nanosecond, `removed` ones do not come after a removal, `expired` ones are before the horizon, and for
 * those that are `full` there is no room.
 */
export type Applied = "newer" | "same" | "older" | "tied" | "removed" | "expired" | "full";
