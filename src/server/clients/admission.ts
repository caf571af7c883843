// Who may connect. A connection counts as a client's until its first line asks for a link. One over
// the limits is on trial: it may still turn out to be a neighbour's, whose first line comes with the
// connection. So clients never crowd out links, wherever they come from. Where links have a port of
// their own, there is no trial.

import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import { isLoopbackHost, networkOf } from "../../base/address.ts";
import { crowdedOut } from "../../flood/crowd.ts";
import type { Limits } from "../limits.ts";
import { Refusals } from "./refusals.ts";

/**
 * Time that a connection on trial has for its first line, in milliseconds: a neighbour sends it at
 * once, so it is here as soon as the connection is.
 */
const TRIAL_MS = 500;

/** One connection's right to be here. */
export interface Ticket {
  /** True if the connection was refused; it is closed then. */
  readonly isRefused: boolean;
  /** Says that the first line is a client's. Gives whether there is room; if not, it is refused. */
  admitClient(): boolean;
  /** Stops counting it: it has become a link, which has limits of its own, or it has ended. */
  release(): void;
}

/** The ticket of a connection that has its place at another port. */
export const ADMITTED: Ticket = { isRefused: false, admitClient: () => true, release() {} };

/** A connection that has just come. */
export interface Newcomer {
  /** True if it may turn out to be a neighbour's; if not, there is no trial. */
  readonly mayBeLink: boolean;
  /** Called if it is refused, now or later. */
  readonly close: () => void;
  /** Time for which its client has been silent while nothing was owed to it, in milliseconds. */
  readonly idleMs: () => number;
  /** Called if it makes room for another one: it must be closed. */
  readonly evict: () => void;
}

interface Entry {
  readonly network: string;
  /** Number of connections that its network may have. */
  readonly limit: number;
  readonly newcomer: Newcomer;
  stage: "client" | "trial" | "refused" | "released";
  cancelTrial: () => void;
}

/** Idle connections are looked for at most this often, in milliseconds: there may be many to look at. */
const LOOK_MS = 500;

/** Counts the connections of one server. */
export class Admission implements Disposable {
  readonly #limits: Limits;
  readonly #clock: Clock;
  readonly #perNetwork = new Map<string, number>();
  readonly #admitted = new Set<Entry>();
  /** Those that were idle at the last look, the longest last. */
  #idle: Entry[] = [];
  #lookedMs = -Infinity;
  #evicted = 0;
  /** Connections on trial and their networks, in the order in which they came. */
  readonly #trials = new Map<Entry, string>();
  #clients = 0;
  readonly #refusals: Refusals;

  /** Nobody is connected yet. */
  constructor(limits: Limits, clock: Clock, log: Log) {
    this.#limits = limits;
    this.#clock = clock;
    this.#refusals = new Refusals({ clock, log }, "connections.refused", () => this.#clients);
  }

  /** Connections that count as clients'. */
  get clients(): number {
    return this.#clients;
  }

  /** Connections that were refused since the start. */
  get refused(): number {
    return this.#refusals.count;
  }

  /** Connections that made room for others since the start. */
  get evicted(): number {
    return this.#evicted;
  }

  /** Lets in a connection from `host`, an IP address, as a client's or on trial, or refuses it. */
  enter(host: string, newcomer: Newcomer): Ticket {
    const limit = this.#limitOf(host);
    const network = networkOf(host);
    const entry: Entry = { network, limit, newcomer, stage: "trial", cancelTrial() {} };
    if (this.#hasRoom(entry)) this.#count(entry);
    else if (newcomer.mayBeLink) this.#try(entry);
    else if (this.#makeRoom(entry)) this.#count(entry);
    else this.#refuse(entry);
    return {
      get isRefused() {
        return entry.stage === "refused";
      },
      admitClient: () => this.#admitClient(entry),
      release: () => this.#release(entry),
    };
  }

  /** Ends the newest of more clients than there may be: the limit was lowered. */
  dropExcess(): void {
    const excess = this.#clients - this.#limits.maxConnections;
    if (excess > 0) { for (const entry of [...this.#admitted].slice(-excess)) this.#evict(entry); }
  }

  /** Ends all trials, and tells the log nothing more. */
  [Symbol.dispose](): void {
    for (const entry of this.#trials.keys()) this.#release(entry);
    this.#refusals[Symbol.dispose]();
  }

  #limitOf(host: string): number {
    const { maxConnectionsPerAddress, maxConnectionsPerLoopback } = this.#limits;
    return isLoopbackHost(host) ? maxConnectionsPerLoopback : maxConnectionsPerAddress;
  }

  #hasRoom({ network, limit }: Entry): boolean {
    return this.#clients < this.#limits.maxConnections &&
      (this.#perNetwork.get(network) ?? 0) < limit;
  }

  #count(entry: Entry): void {
    entry.stage = "client";
    this.#admitted.add(entry);
    this.#clients++;
    this.#perNetwork.set(entry.network, (this.#perNetwork.get(entry.network) ?? 0) + 1);
  }

  #try(entry: Entry): void {
    entry.cancelTrial = this.#clock.after(TRIAL_MS, () => this.#refuse(entry));
    this.#trials.set(entry, entry.network);
    if (this.#trials.size > this.#limits.maxTrials) this.#refuse(crowdedOut(this.#trials)!);
  }

  #admitClient(entry: Entry): boolean {
    if (entry.stage !== "trial") return entry.stage === "client";
    if (!this.#hasRoom(entry) && !this.#makeRoom(entry)) {
      this.#refuse(entry);
      return false;
    }
    this.#leaveTrial(entry);
    this.#count(entry);
    return true;
  }

  #refuse(entry: Entry): void {
    this.#leaveTrial(entry);
    entry.stage = "refused";
    entry.newcomer.close();
    this.#refusals.add();
  }

  #release(entry: Entry): void {
    this.#leaveTrial(entry);
    if (entry.stage === "client") {
      this.#admitted.delete(entry);
      this.#clients--;
      const left = this.#perNetwork.get(entry.network)! - 1;
      if (left === 0) this.#perNetwork.delete(entry.network);
      else this.#perNetwork.set(entry.network, left);
    }
    if (entry.stage !== "refused") entry.stage = "released";
  }

  /**
   * Has a client make room that has been idle for long, such as one that has vanished: of the network
   * that has no room, or of any. Gives false when there is none.
   */
  #makeRoom({ network, limit }: Entry): boolean {
    const isCrowd = (this.#perNetwork.get(network) ?? 0) >= limit;
    const nowMs = this.#clock.monotonicMs();
    if (nowMs - this.#lookedMs >= LOOK_MS) this.#look(nowMs);
    for (let i = this.#idle.length - 1; i >= 0; i--) {
      const entry = this.#idle[i]!;
      if (isCrowd && entry.network !== network) continue;
      this.#idle.splice(i, 1);
      if (entry.stage !== "client" || entry.newcomer.idleMs() < this.#limits.yieldMs) continue;
      this.#evict(entry);
      return true;
    }
    return false;
  }

  #look(nowMs: number): void {
    this.#lookedMs = nowMs;
    const idle = [...this.#admitted].map((entry) => ({ entry, ms: entry.newcomer.idleMs() }))
      .filter(({ ms }) => ms >= this.#limits.yieldMs);
    this.#idle = idle.sort((a, b) => a.ms - b.ms).map(({ entry }) => entry);
  }

  #evict(entry: Entry): void {
    this.#release(entry);
    this.#evicted++;
    entry.newcomer.evict();
  }

  #leaveTrial(entry: Entry): void {
    entry.cancelTrial();
    this.#trials.delete(entry);
  }
}
