// Every limit of a server towards its clients, by name and in one place. Those of links are
// LINK_TIMINGS in ../flood/environment.ts; the length of a line is the protocol's.

/** Limits of one server. */
export interface Limits {
  /** WHATSAT requests of one connection that may wait for places at one time. */
  readonly maxPlacesPerConnection: number;
  /** WHATSAT requests of all connections that may wait for places at one time. */
  readonly maxPlacesPerServer: number;
  /** Replies of one connection that may wait to be written, in bytes, before reading pauses. */
  readonly maxUnreadBytes: number;
  /** How long a stopping server waits for what is in hand. */
  readonly drainMs: number;
}

/** The defaults. */
export const LIMITS: Limits = {
  maxPlacesPerConnection: 32,
  maxPlacesPerServer: 1_000,
  maxUnreadBytes: 256 * 1024,
  drainMs: 800,
};
