// Ends sessions that take too long: slow to say a line, idle, or not reading their replies. One look
// at all of them now and then, from counters that they keep anyway: a session has no timer.

import type { Clock } from "../../base/clock.ts";
import type { Limits } from "../limits.ts";

/** The time between two looks, in milliseconds: how late a session may be ended. */
const LOOK_MS = 500;

/** When too much is unread, sessions are dropped until it is this much of the limit. */
const RELIEVED_SHARE = 0.75;

/** What a session waits for. */
export type Waiting =
  /** The client's first whole line. */
  | "first line"
  /** A further line. */
  | "line"
  /** The client, to take replies. */
  | "reader"
  /** The server itself, or a neighbour: no limit of the client's applies. */
  | "others";

/** A session, as far as its supervisor knows it. */
export interface Supervised {
  /** What it waits for now. */
  readonly waitsFor: Waiting;
  /** Grows with each thing that the client does: a whole line, or taking some of its replies. */
  readonly progress: number;
  /** Bytes of replies that wait to be taken. */
  readonly unreadBytes: number;
  /** Ends it now; `reason` is for the log. */
  abort(reason: string): void;
}

/** Told of replies that wait, and of those that do no more. */
export interface UnreadBudget {
  /** So many more bytes wait. */
  take(bytes: number): void;
  /** So many bytes wait no more. */
  give(bytes: number): void;
}

/** How many sessions were ended since the start, by reason. */
export interface EndedCounts {
  /** No whole line in time. */
  slow: number;
  /** Idle for too long. */
  idle: number;
  /** Replies not taken in time, or too much waited to be taken on the whole server. */
  unread: number;
}

interface Seen {
  progress: number;
  waitsFor: Waiting;
  /** Since when it has waited for that without progress, on the steady clock. */
  sinceMs: number;
}

/** Looks after the sessions of one server. */
export class Supervisor implements UnreadBudget, Disposable {
  /** Sessions that were ended since the start. */
  readonly ended: EndedCounts = { slow: 0, idle: 0, unread: 0 };
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #sessions = new Map<Supervised, Seen>();
  #unreadBytes = 0;
  #cancelLook: () => void = () => {};

  /** Has nobody to look after yet. */
  constructor(limits: Limits, clock: Clock) {
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
  add(session: Supervised): void {
    const { progress, waitsFor } = session;
    this.#sessions.set(session, { progress, waitsFor, sinceMs: this.#clock.monotonicMs() });
  }

  /** Forgets a session. */
  remove(session: Supervised): void {
    this.#sessions.delete(session);
  }

  /** See {@link UnreadBudget}; over the limit the slowest readers are ended before this returns. */
  take(bytes: number): void {
    this.#unreadBytes += bytes;
    if (this.#unreadBytes > this.#limits.maxUnreadBytesPerServer) this.#relieve();
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

  #check(session: Supervised, waitsFor: Waiting, waitedMs: number): void {
    const { firstLineMs, idleMs, unreadMs } = this.#limits;
    if (waitsFor === "first line" && waitedMs >= firstLineMs) {
      this.ended.slow++;
      session.abort(`sent no line within ${firstLineMs / 1000} s`);
    } else if (waitsFor === "line" && waitedMs >= idleMs) {
      this.ended.idle++;
      session.abort(`was idle for ${idleMs / 1000} s`);
    } else if (waitsFor === "reader" && waitedMs >= unreadMs) {
      this.ended.unread++;
      session.abort(`took no reply for ${unreadMs / 1000} s`);
    }
  }

  /** Drops those that have not read for the longest time, until there is room again. */
  #relieve(): void {
    const enough = this.#limits.maxUnreadBytesPerServer * RELIEVED_SHARE;
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
function byReading(
  [one, oneSeen]: [Supervised, Seen],
  [other, otherSeen]: [Supervised, Seen],
): number {
  const [isSlow, isOtherSlow] = [isBlocked(one, oneSeen), isBlocked(other, otherSeen)];
  if (isSlow !== isOtherSlow) return isSlow ? -1 : 1;
  return isSlow ? oneSeen.sinceMs - otherSeen.sinceMs : other.unreadBytes - one.unreadBytes;
}

function isBlocked(session: Supervised, seen: Seen): boolean {
  return seen.waitsFor === "reader" && seen.progress === session.progress;
}
