// The last ten minutes of one server's figures, a sample a second: a chart that is opened now begins
// with them. Plain numbers in rings; nothing is noted on the hot path.

import { type Clock, wallSeconds } from "../../base/clock.ts";
import { SECONDS_BOUNDS, shareOf } from "../../base/histogram.ts";

/** The time between two samples, in seconds, and how many are kept: ten minutes. */
export const STEP_SECONDS = 1;
export const KEPT_SAMPLES = 600;

/** Times to reply are taken over this many samples: of one second alone there are too few. */
export const LATENCY_SAMPLES = 10;

/** Counters at one moment, each since the server's start. */
export interface Counters {
  /** Changes that came into the feed, from whomever. */
  readonly changes: number;
  /** WHATSAT that this server answered. */
  readonly queries: number;
  /** Clients whose location is known; no counter. */
  readonly clients: number;
  /** Replies by time, in the buckets of `SECONDS_BOUNDS`. */
  readonly latency: readonly number[];
}

/** The figures of one step. */
export interface Sample {
  /** The time at which it ended, in POSIX seconds. */
  readonly time: number;
  /** Changes and queries a second. */
  readonly changes: number;
  readonly queries: number;
  readonly clients: number;
  /** Seconds within which half of the latest replies, and 99 % of them, left; null if there were none. */
  readonly median: number | null;
  readonly p99: number | null;
}

/** Takes samples until it is disposed of. */
export class RecentFigures implements Disposable {
  readonly #clock: Clock;
  readonly #read: () => Counters;
  /** Oldest first; each with the counters that it ended with. */
  readonly #samples: { readonly sample: Sample; readonly latency: readonly number[] }[] = [];
  readonly #firstLatency: readonly number[];
  #before: Counters;
  #beforeMs: number;
  #cancel: () => void = () => {};

  /** Begins now; `read` gives the counters. */
  constructor(clock: Clock, read: () => Counters) {
    this.#clock = clock;
    this.#read = read;
    const { latency, ...counters } = read();
    this.#firstLatency = [...latency];
    this.#before = { ...counters, latency };
    this.#beforeMs = clock.monotonicMs();
    this.#later();
  }

  /** All samples that are kept, oldest first. */
  get samples(): readonly Sample[] {
    return this.#samples.map((it) => it.sample);
  }

  /** The newest sample, if there is one yet. */
  get newest(): Sample | undefined {
    return this.#samples.at(-1)?.sample;
  }

  /** Takes no more. */
  [Symbol.dispose](): void {
    this.#cancel();
  }

  #later(): void {
    this.#cancel = this.#clock.after(1000 * STEP_SECONDS, () => {
      this.#take();
      this.#later();
    });
  }

  #take(): void {
    const now = this.#read();
    const nowMs = this.#clock.monotonicMs();
    // A machine that slept makes one long step.
    const seconds = Math.max(0.001, (nowMs - this.#beforeMs) / 1000);
    const latency = [...now.latency];
    const start = this.#samples.at(-LATENCY_SAMPLES)?.latency ?? this.#firstLatency;
    const recent = latency.map((it, bucket) => it - start[bucket]!);
    this.#samples.push({
      sample: {
        time: wallSeconds(this.#clock),
        changes: (now.changes - this.#before.changes) / seconds,
        queries: (now.queries - this.#before.queries) / seconds,
        clients: now.clients,
        median: shareOf(SECONDS_BOUNDS, recent, 0.5) ?? null,
        p99: shareOf(SECONDS_BOUNDS, recent, 0.99) ?? null,
      },
      latency,
    });
    if (this.#samples.length > KEPT_SAMPLES) this.#samples.shift();
    this.#before = { ...now, latency };
    this.#beforeMs = nowMs;
  }
}
