// The herd as it is told once a second, and what two tellings make: rates.

import type { Client } from "../../api/schemas.ts";
import type { HerdLink, HerdServer, HerdSnapshot } from "../../api/status_schemas.ts";

export type { Client, HerdLink, HerdServer, HerdSnapshot };

/** Rates of one server since the telling before; undefined while they are not known. */
export interface ServerRates {
  readonly updates: number;
  readonly queries: number;
  readonly invalid: number;
}

/** What was told, and when. */
export class Herd {
  /** The present state; undefined before the first telling. */
  snapshot: HerdSnapshot | undefined;
  readonly #serverRates = new Map<string, ServerRates>();
  readonly #linkRates = new Map<string, number>();
  readonly #told = new Map<string, { status: NonNullable<HerdServer["status"]>; saidMs: number }>();
  readonly #lines = new Map<string, { lines: number; atMs: number }>();
  /** Latencies of all servers between the tellings: bounds in seconds and counts. */
  latency: { bounds: readonly number[]; counts: number[] } = { bounds: [], counts: [] };

  /** Takes what was told. */
  take(snapshot: HerdSnapshot, nowMs: number): void {
    this.snapshot = snapshot;
    this.latency = { bounds: [], counts: [] };
    for (const server of snapshot.servers) this.#takeServer(server, nowMs);
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

  /** The latency in seconds below which a share of the latest replies left; undefined for none. */
  quantile(share: number): number | undefined {
    const { bounds, counts } = this.latency;
    const total = counts.reduce((sum, it) => sum + it, 0);
    if (total === 0) return undefined;
    let below = 0;
    const index = counts.findIndex((it) => (below += it) >= share * total);
    return bounds[Math.min(index, bounds.length - 1)];
  }

  /** Forgets rates: another connection counts anew. */
  clear(): void {
    this.#told.clear();
    this.#lines.clear();
    this.#serverRates.clear();
    this.#linkRates.clear();
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
    const { bounds, counts } = status.latency;
    this.latency = {
      bounds,
      counts: counts.map((it, i) =>
        it - (before.status.latency.counts[i] ?? 0) + (this.latency.counts[i] ?? 0)
      ),
    };
  }
}
