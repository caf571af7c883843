// All that a server's backbone needs from outside, so that a test can give its own.

import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { FeedPosition } from "../store/feed.ts";
import type { Store } from "../store/store.ts";
import type { StreamConnection } from "./stream.ts";

/** Delays and sizes, in one place. */
export interface BackboneTimings {
  /** The wait before connecting again: at first, and at most. Doubled each time, full jitter. */
  readonly firstBackoffMs: number;
  readonly maxBackoffMs: number;
  /** A connection that lasted this long was steady: the waits begin anew after it. */
  readonly steadyMs: number;
  /** The wait after something that a person has to mend, such as rights that are missing. */
  readonly deniedMs: number;
  /** Publishing pauses for this long when the stream has no room: at first, and at most. */
  readonly firstPauseMs: number;
  readonly maxPauseMs: number;
  /**
   * The stream is looked at again after this time, doubled each time up to the most: it may be changed,
   * and a connection may be made to one that is just being deleted.
   */
  readonly firstInspectMs: number;
  readonly maxInspectMs: number;
  /** Time limit for the acknowledgement of a message. */
  readonly acknowledgeMs: number;
  /** Messages that may wait to be acknowledged. */
  readonly maxInFlight: number;
  /** A backlog is slowed down when a message is read back later than this after it was published. */
  readonly targetDelayMs: number;
  /** News that a neighbour brought waits about this long: others may publish it meanwhile. */
  readonly courtesyMs: number;
  /** The most that it waits when others do publish the same. */
  readonly maxCourtesyMs: number;
  /** Time limit of a stopping server for what is in flight. */
  readonly drainMs: number;
}

/** The defaults. */
export const BACKBONE_TIMINGS: BackboneTimings = {
  firstBackoffMs: 50,
  maxBackoffMs: 2_000,
  steadyMs: 5_000,
  deniedMs: 30_000,
  firstPauseMs: 1_000,
  maxPauseMs: 30_000,
  firstInspectMs: 500,
  maxInspectMs: 60_000,
  acknowledgeMs: 5_000,
  maxInFlight: 2_048,
  targetDelayMs: 50,
  courtesyMs: 50,
  maxCourtesyMs: 1_600,
  drainMs: 300,
};

/** The surroundings of a server's backbone. */
export interface BackboneEnvironment {
  readonly store: Store;
  /** The positions held at start, as a disk had them with the store's records. */
  readonly held?: ReadonlyMap<string, FeedPosition>;
  readonly clock: Clock;
  readonly log: Log;
  readonly timings: BackboneTimings;
  /** The servers of the topology: records of others are told of. Left out, any will do. */
  readonly origins?: ReadonlySet<string> | undefined;
  /** Uniform in [0, 1): for jitter. */
  random(): number;
  /** The subject of a client's messages. */
  subjectOf(client: Uint8Array): string;
  /** Connects to the herd's stream; rejects when it cannot, or when `signal` is aborted. */
  connect(signal: AbortSignal): Promise<StreamConnection>;
}
