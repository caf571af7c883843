// The herd as it is told once a second, and what two tellings make: rates.

import type { Client } from "../../api/schemas.ts";
import type { HerdLink, HerdServer, HerdSnapshot } from "../../api/status_schemas.ts";

export type { Client, HerdLink, HerdServer, HerdSnapshot };

/** Tellings that a lag is the median of. */
const LAGS = 5;

/** Rates of one server since the telling before; undefined while they are not known. */
export interface ServerRates {
  readonly updates: number;
  readonly queries: number;
  readonly invalid: number;
}

/** An account, and the time at which it was given. */
export class Herd {
  /** The present state; undefined before the first telling. */
  snapshot: HerdSnapshot | undefined;
  readonly #serverRates = new Map<string, ServerRates>();
  readonly #linkRates = new Map<string, number>();
  readonly #told = new Map<string, { status: NonNullable<HerdServer["status"]>; saidMs: number }>();
  readonly #lines = new Map<string, { lines: number; atMs: number }>();
  /** The latest lags of each server, in seconds. */
  readonly #lags = new Map<string, number[]>();

  /** Takes what was told. */
  take(snapshot: HerdSnapshot, nowMs: number): void {
    this.snapshot = snapshot;
    for (const server of snapshot.servers) {
      this.#takeServer(server, nowMs);
      this.#takeLag(server, snapshot.links);
    }
    for (const { from, to, lines } of snapshot.links) {
      const key = `${from} ${to}`;
      const before = this.#lines.get(key);
      this.#lines.set(key, { lines, atMs: nowMs });
      if (before === undefined || lines < before.lines) this.#linkRates.delete(key);
      else this.#linkRates.set(key, (lines - before.lines) / ((nowMs - before.atMs) / 1000));
    }
  }

  /** Rates of a server. */
  ratesOf(server: string): ServerRates | undefined {
    return this.#serverRates.get(server);
  }

  /** Lines a second from one server to another. */
  flow(from: string, to: string): number {
    return this.#linkRates.get(`${from} ${to}`) ?? 0;
  }

  /** Rates of all servers together. */
  get total(): ServerRates {
    const all = [...this.#serverRates.values()];
    const sum = (key: keyof ServerRates) => all.reduce((total, it) => total + it[key], 0);
    return { updates: sum("updates"), queries: sum("queries"), invalid: sum("invalid") };
  }

  /** Seconds by which a server is behind its neighbours: the median of a few tellings, for one jumps. */
  lagOf(server: string): number | undefined {
    const lags = this.#lags.get(server)?.toSorted((a, b) => a - b);
    return lags?.[lags.length >> 1];
  }

  /** Forgets rates: another connection counts anew. */
  clear(): void {
    this.#told.clear();
    this.#lines.clear();
    this.#serverRates.clear();
    this.#linkRates.clear();
    this.#lags.clear();
  }

  #takeLag({ name }: HerdServer, links: readonly HerdLink[]): void {
    const lags = links.filter((it) => it.to === name && it.isUp).map((it) => it.lagSeconds ?? 0);
    if (lags.length === 0) return void this.#lags.delete(name);
    const latest = [...this.#lags.get(name) ?? [], Math.max(...lags)];
    this.#lags.set(name, latest.slice(-LAGS));
  }

  #takeServer({ name, state, status, ageSeconds }: HerdServer, nowMs: number): void {
    if (status === null || ageSeconds === null || state !== "up") {
      this.#serverRates.delete(name);
      this.#told.delete(name);
      return;
    }
    const saidMs = nowMs - ageSeconds * 1000;
    const before = this.#told.get(name);
    // The same report once more: wait for the next one.
    if (before !== undefined && saidMs - before.saidMs < 200) return;
    this.#told.set(name, { status, saidMs });
    if (before === undefined || before.status.startedAt !== status.startedAt) return;
    const seconds = (saidMs - before.saidMs) / 1000;
    const rate = (key: "iamat" | "whatsat" | "invalid") =>
      Math.max(0, status.requests[key] - before.status.requests[key]) / seconds;
    this.#serverRates.set(name, {
      updates: rate("iamat"),
      queries: rate("whatsat"),
      invalid: rate("invalid"),
    });
  }
}
