// All that the links of one server need from outside, so that a simulation can give its own.

import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { FeedPosition } from "../store/feed.ts";
import type { Store } from "../store/store.ts";
import type { Connection } from "../base/connection.ts";
import type { Secrets } from "./mac.ts";
import type { LinkVersion } from "./messages.ts";

/** Delays and sizes of links, in one place. */
export interface LinkTimings {
  /** A leader says where it is at least this often. */
  readonly heartbeatMs: number;
  /** A peer that is silent for this long is taken for dead. */
  readonly silenceMs: number;
  /** A handshake must be through within this time, dialling included. */
  readonly handshakeMs: number;
  /** The wait before dialling again: at first, and at most. Doubled each time, full jitter. */
  readonly firstBackoffMs: number;
  readonly maxBackoffMs: number;
  /** A follower says where it is at most this often: it need not tell of every batch. */
  readonly ackMs: number;
  /** The most that is sent, or held by a follower, before a POS. */
  readonly batchBytes: number;
  /** Bytes of a backlog that may be under way to one follower, at least and at most; see window.ts. */
  readonly minWindowBytes: number;
  readonly maxWindowBytes: number;
  /** The time in queues that a backlog's window aims at: fresh news waits for no longer. */
  readonly queueMs: number;
  /** A backlog that makes no progress for this long lets that of the next neighbour begin. */
  readonly backlogStallMs: number;
  /** A follower with fewer records is sent all of a backlog: sums would take longer than it saves. */
  readonly minSumsRecords: number;
  /** The wait before a second look for missing records: what is under way has arrived by then. */
  readonly secondLookMs: number;
  /** Handshakes under way at one time; one more ends the oldest of whoever has the most. */
  readonly maxHandshakes: number;
}

/** The defaults; `batchBytes` is also the most that a follower holds. */
export const LINK_TIMINGS: LinkTimings = {
  heartbeatMs: 1_000,
  silenceMs: 5_000,
  handshakeMs: 5_000,
  firstBackoffMs: 50,
  maxBackoffMs: 2_000,
  ackMs: 20,
  batchBytes: 64 * 1024,
  minWindowBytes: 64 * 1024,
  maxWindowBytes: 4 * 1024 * 1024,
  queueMs: 10,
  backlogStallMs: 3_000,
  minSumsRecords: 1_000,
  secondLookMs: 1_000,
  maxHandshakes: 64,
};

/** A batch of so many bytes is work enough to look whether others wait. */
export const HEAVY_BATCH_BYTES = 16 * 1024;

/** A POS or an ACK is as much work as this many bytes of AT lines: a peer may send nothing else. */
export const CONTROL_LINE_BYTES = 256;

/** The surroundings of a server's links. */
export interface LinkEnvironment {
  readonly herd: string;
  readonly self: string;
  /** Random name of what this server has: of this run of the process, until `Links.readAgain`. */
  incarnation: string;
  readonly neighbours: readonly string[];
  /** The highest version of the protocol that is spoken; a test may give an older program's. */
  readonly version?: LinkVersion | undefined;
  /** Seconds for which records are kept; for ever when left out. */
  readonly retainSeconds?: number | undefined;
  readonly store: Store;
  /** Every so many seconds it is looked whether something is missing that should be here; 0: never. */
  readonly verifySeconds?: number | undefined;
  /** The feed positions held at start, by neighbour, as a disk had them with the store's records. */
  readonly held?: ReadonlyMap<string, FeedPosition>;
  readonly secrets: Secrets;
  readonly clock: Clock;
  readonly log: Log;
  readonly timings: LinkTimings;
  /** 128 random bits as 32 hexadecimal digits. */
  randomToken(): string;
  /** Uniform in [0, 1): for jitter. */
  random(): number;
  /**
   * Asked before each piece of work of a millisecond or so. Gives something to wait for when others
   * must have their turn: clients are never kept waiting by a flood. Left out, none are there.
   */
  pause?(): Promise<void> | undefined;
  /** Connects to a neighbour's port; rejects when it cannot, or when `signal` is aborted. */
  dial(neighbour: string, signal: AbortSignal): Promise<Connection>;
}

/** The end of a link, in words for the log: the other side's fault or absence, not a bug of ours. */
export class LinkError extends Error {
  override readonly name = "LinkError";
}

/** A mismatch that lets no link come about until a person has mended it, such as another secret. */
export class MismatchError extends LinkError {}

/** The reason for which links end when all feeds are read again. */
export const READ_AGAIN = "this server reads all again";
