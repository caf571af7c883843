// Ends sessions that take too long: slow to ask, idle, or not reading their replies. One look at all of
// them now and then, from counters that they keep anyway: a session has no timer. Each port has one.

import type { Clock } from "../../base/clock.ts";
import type { Limits } from "../limits.ts";

/** The time between two looks, in milliseconds: how late a session may be ended. */
const LOOK_MS = 500;

/** Sessions are dropped, when too much is unread, until it is this much of the limit. */
const RELIEVED_SHARE = 0.75;

/** States in which a session of lines waits. */
export type Waiting =
  /** The client's first whole line. */
  | "first line"
  /** A further line. */
  | "line"
  /** The client, to take replies. */
  | "reader"
  /** The server itself, or a neighbour: no limit of the client's applies. */
  | "others";

/** A session, as far as its supervisor knows it; `What` are the things that it may wait for. */
export interface Supervised<What extends string = Waiting> {
  /** The present state of waiting. */
  readonly waitsFor: What;
  /** Grows with each thing that the client does: a whole line, or taking some of its replies. */
  readonly progress: number;
  /** Bytes of replies that wait to be taken. */
  readonly unreadBytes: number;
  /** Ends it now; `reason` is for the log, `waitedFor` is what took too long. */
  abort(reason: string, waitedFor?: What): void;
}

/** Told of replies that wait, and of those that do no more. */
export interface UnreadBudget {
  /** Notes that this many more bytes wait. */
  take(bytes: number): void;
  /** Notes that this many bytes wait no more. */
  give(bytes: number): void;
}

/** Numbers of sessions that were ended since the start, by reason. */
export interface EndedCounts {
  /** No whole line in time. */
  slow: number;
  /** Idle for too long. */
  idle: number;
  /** Replies not taken in time, or too much waited to be taken on the whole server. */
  unread: number;
}

/** The time for which sessions may wait for one thing. */
export interface Patience {
  readonly ms: number;
  /** One that is ended is counted as this; undefined for one that was counted before. */
  readonly kind: keyof EndedCounts | undefined;
  /** Words for the log, such as "was idle". */
  readonly what: string;
}

/** The limits of the sessions of one port. */
export interface SupervisorLimits<What extends string> {
  /** By what a session waits for; what is not in here may take for ever. */
  readonly patience: Partial<Record<What, Patience>>;
  /** Bytes of replies of all sessions that may wait to be taken: over it the slowest are dropped. */
  readonly maxUnreadBytes: number;
}

/** The limits of sessions of lines. */
export function lineLimits(limits: Limits): SupervisorLimits<Waiting> {
  return {
    patience: {
      "first line": { ms: limits.firstLineMs, kind: "slow", what: "sent no line" },
      "line": { ms: limits.idleMs, kind: "idle", what: "was idle" },
      "reader": { ms: limits.unreadMs, kind: "unread", what: "took no reply" },
    },
    maxUnreadBytes: limits.maxUnreadBytesPerServer,
  };
}

interface Seen<What> {
  progress: number;
  waitsFor: What;
  /** Since when it has waited for that without progress, on the steady clock. */
  sinceMs: number;
}

/** Looks after the sessions of one port. */
export class Supervisor<What extends string = Waiting> implements UnreadBudget, Disposable {
  /** Sessions that were ended since the start. */
  readonly ended: EndedCounts = { slow: 0, idle: 0, unread: 0 };
  readonly #limits: SupervisorLimits<What>;
  readonly #clock: Clock;
  readonly #sessions = new Map<Supervised<What>, Seen<What>>();
  #unreadBytes = 0;
  #cancelLook: () => void = () => {};

  /** Has nobody to look after yet. */
  constructor(limits: SupervisorLimits<What>, clock: Clock) {
    this.#limits = limits;
    this.#clock = clock;
  }

  /** Begins to look. */
  start(): void {
    this.#cancelLook = this.#clock.after(LOOK_MS, () => this.#look());
  }

  /** Bytes of replies of all sessions that wait to be taken. */
  get unreadBytes(): number {
    return this.#unreadBytes;
  }

  /** Looks after one more session. */
  add(session: Supervised<What>): void {
    const { progress, waitsFor } = session;
    this.#sessions.set(session, { progress, waitsFor, sinceMs: this.#clock.monotonicMs() });
  }

  /** Forgets a session. */
  remove(session: Supervised<What>): void {
    this.#sessions.delete(session);
  }

  /** Time for which a session has waited for this without progress, as of the last look. */
  waitedMs(session: Supervised<What>, what: What): number {
    const seen = this.#sessions.get(session);
    const isSame = seen?.waitsFor === what && session.waitsFor === what &&
      seen.progress === session.progress;
    return isSame ? this.#clock.monotonicMs() - seen.sinceMs : 0;
  }

  /** See {@link UnreadBudget}; over the limit the slowest readers are ended before this returns. */
  take(bytes: number): void {
    this.#unreadBytes += bytes;
    if (this.#unreadBytes > this.#limits.maxUnreadBytes) this.#relieve();
  }

  /** See {@link UnreadBudget}. */
  give(bytes: number): void {
    this.#unreadBytes -= bytes;
  }

  /** Looks no more. */
  [Symbol.dispose](): void {
    this.#cancelLook();
  }

  #look(): void {
    this.start();
    const nowMs = this.#clock.monotonicMs();
    for (const [session, seen] of this.#sessions) {
      const { progress, waitsFor } = session;
      if (progress !== seen.progress || waitsFor !== seen.waitsFor) {
        seen.progress = progress;
        seen.waitsFor = waitsFor;
        seen.sinceMs = nowMs;
      } else {
        this.#check(session, waitsFor, nowMs - seen.sinceMs);
      }
    }
  }

  #check(session: Supervised<What>, waitsFor: What, waitedMs: number): void {
    const patience = this.#limits.patience[waitsFor];
    if (patience === undefined || waitedMs < patience.ms) return;
    if (patience.kind !== undefined) this.ended[patience.kind]++;
    session.abort(`${patience.what} for ${patience.ms / 1000} s`, waitsFor);
  }

  /** Drops those that have not read for the longest time, until there is room again. */
  #relieve(): void {
    const enough = this.#limits.maxUnreadBytes * RELIEVED_SHARE;
    const waiting = [...this.#sessions].filter(([it]) => it.unreadBytes > 0);
    for (const [session] of waiting.sort(byReading)) {
      if (this.#unreadBytes <= enough) return;
      this.ended.unread++;
      session.abort("too many replies wait to be taken");
    }
  }
}

/**
 * Orders sessions: first those that had not read at the last look and have not since, the longest
 * first; then the others, for whom it may only be too early, with the most to read first.
 */
function byReading<What extends string>(
  [one, oneSeen]: [Supervised<What>, Seen<What>],
  [other, otherSeen]: [Supervised<What>, Seen<What>],
): number {
  const [isSlow, isOtherSlow] = [isBlocked(one, oneSeen), isBlocked(other, otherSeen)];
  if (isSlow !== isOtherSlow) return isSlow ? -1 : 1;
  return isSlow ? oneSeen.sinceMs - otherSeen.sinceMs : other.unreadBytes - one.unreadBytes;
}

function isBlocked<What extends string>(
  session: Supervised<What>,
  seen: Seen<What>,
): boolean {
  return seen.waitsFor === "reader" && seen.progress === session.progress;
}
