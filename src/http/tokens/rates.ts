// Limits how often somebody may ask: a token bucket for each scoped token and for each address.

import { isLoopbackHost, networkOf } from "../../base/address.ts";
import type { Clock } from "../../base/clock.ts";
import type { Limits } from "../../server/limits.ts";
import { Problem } from "../problem.ts";

/** Requests at once after some silence, in seconds of the rate: a phone sends what it kept. */
const BURST_SECONDS = 10;

/** The most addresses that are remembered; the one longest unheard of is forgotten. */
const MAX_ADDRESSES = 65_536;

interface Bucket {
  left: number;
  atMs: number;
}

/** The rates of one port. */
export class Rates {
  readonly #clock: Clock;
  readonly #perSecond: number;
  readonly #perSecondLoopback: number;
  readonly #tokens = new WeakMap<object, Bucket>();
  readonly #addresses = new Map<string, Bucket>();

  constructor(
    { httpRequestsPerSecond, httpRequestsPerSecondOfLoopback }: Pick<
      Limits,
      "httpRequestsPerSecond" | "httpRequestsPerSecondOfLoopback"
    >,
    clock: Clock,
  ) {
    this.#clock = clock;
    this.#perSecond = httpRequestsPerSecond;
    this.#perSecondLoopback = httpRequestsPerSecondOfLoopback;
  }

  /**
   * Counts a request with a token, which `key` stands for.
   *
   * @throws {Problem} 429 if there are too many.
   */
  spendToken(key: object): void {
    if (this.#perSecond === Infinity) return;
    let bucket = this.#tokens.get(key);
    if (bucket === undefined) this.#tokens.set(key, bucket = this.#fullBucket(this.#perSecond));
    this.#refill(bucket, this.#perSecond);
    refuseEmpty(bucket, this.#perSecond);
    bucket.left--;
  }

  /**
   * Counts a request of an address without a good token, or looks whether it may send one more.
   *
   * @throws {Problem} 429 if there are too many.
   */
  spendAddress(host: string, cost: 0 | 1 = 1): void {
    const perSecond = isLoopbackHost(host) ? this.#perSecondLoopback : this.#perSecond;
    if (perSecond === Infinity) return;
    const key = networkOf(host);
    const bucket = this.#addresses.get(key) ?? this.#fullBucket(perSecond);
    this.#refill(bucket, perSecond);
    refuseEmpty(bucket, perSecond);
    bucket.left -= cost;
    this.#addresses.delete(key);
    if (this.#addresses.size >= MAX_ADDRESSES) {
      this.#addresses.delete(this.#addresses.keys().next().value!);
    }
    this.#addresses.set(key, bucket);
  }

  #fullBucket(perSecond: number): Bucket {
    return { left: perSecond * BURST_SECONDS, atMs: this.#clock.monotonicMs() };
  }

  #refill(bucket: Bucket, perSecond: number): void {
    const nowMs = this.#clock.monotonicMs();
    const come = (nowMs - bucket.atMs) / 1000 * perSecond;
    bucket.left = Math.min(perSecond * BURST_SECONDS, bucket.left + come);
    bucket.atMs = nowMs;
  }
}

function refuseEmpty({ left }: Bucket, perSecond: number): void {
  if (left >= 1) return;
  throw new Problem(429, `More than ${perSecond} requests a second: ask less often`, {
    "Retry-After": String(Math.ceil((1 - left) / perSecond)),
  });
}
