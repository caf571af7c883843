// The certificate of a server while it runs: it gets old, and its files are renewed.

import type { X509Certificate } from "node:crypto";
import { inBackground } from "../../base/background.ts";
import type { Clock } from "../../base/clock.ts";
import { reasonOf } from "../../base/errors.ts";
import { Instant } from "../../base/instant.ts";
import { LimitedLog } from "../../base/limited_log.ts";
import type { Log } from "../../base/log.ts";
import type { Credentials } from "./tls_files.ts";

/** Milliseconds in a day. */
export const DAY_MS = 86_400_000;

/** A certificate that expires within this many days is worth a warning. */
export const EXPIRES_SOON_DAYS = 30;

/** The files are looked at this often, in milliseconds. */
export const LOOK_MS = 60_000;

/** Context. */
export interface OwnCredentialsOptions {
  /** As the files were at the start. */
  readonly credentials: Credentials;
  /** Reads the files again; rejects when they cannot be used. Left out, they do not change. */
  readonly reread?: (() => Promise<Credentials>) | undefined;
  readonly clock: Clock;
  readonly log: Log;
}

/** Whole days from one moment to another; negative ones are past. */
export function daysBetween(now: Date, then: Date): number {
  return Math.floor((then.getTime() - now.getTime()) / DAY_MS);
}

/** The present time of a clock. */
export function dateOf(clock: Pick<Clock, "now">): Date {
  const now = new Instant();
  clock.now(now);
  return new Date(now.seconds * 1000);
}

/** Credentials that are those of the files at any time: to be read anew for each handshake. */
export class OwnCredentials implements Credentials, Disposable {
  readonly #options: OwnCredentialsOptions;
  readonly #limitedLog: LimitedLog;
  readonly #listeners = new Set<() => void>();
  #present: Credentials;
  #warnedMs = -Infinity;
  #cancel: (() => void) | undefined;

  constructor(options: OwnCredentialsOptions) {
    this.#options = options;
    this.#present = options.credentials;
    this.#limitedLog = new LimitedLog(options);
  }

  get ca(): string {
    return this.#present.ca;
  }

  get cert(): string {
    return this.#present.cert;
  }

  get key(): string {
    return this.#present.key;
  }

  get issuers(): readonly X509Certificate[] {
    return this.#present.issuers;
  }

  get expires(): Date {
    return this.#present.expires;
  }

  /** Whole days until it expires; negative ones are past. */
  get daysLeft(): number {
    return daysBetween(dateOf(this.#options.clock), this.expires);
  }

  /** Calls back after each renewal, until the returned function is called. */
  onRenewed(callback: () => void): () => void {
    this.#listeners.add(callback);
    return () => this.#listeners.delete(callback);
  }

  /** Begins to look at files and age. */
  start(): void {
    this.#warn();
    this.#cancel = this.#options.clock.after(LOOK_MS, () => inBackground(this.#look()));
  }

  /** Looks at the files now. */
  renew(): void {
    if (this.#cancel === undefined) return;
    this.#cancel();
    inBackground(this.#look());
  }

  [Symbol.dispose](): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }

  async #look(): Promise<void> {
    const { reread, log } = this.#options;
    try {
      const read = await reread?.();
      if (this.#cancel === undefined) return;
      if (read !== undefined && isOther(read, this.#present)) {
        this.#present = read;
        this.#warnedMs = -Infinity;
        log.info("tls.renewed", { days: this.daysLeft });
        for (const callback of this.#listeners) callback();
      }
    } catch (error) {
      // The present ones are good for as long as they last.
      this.#limitedLog.warn("tls.unusable", { reason: reasonOf(error) });
    }
    if (this.#cancel !== undefined) this.start();
  }

  /** Warns once a day of a certificate that expires soon. */
  #warn(): void {
    const { clock, log } = this.#options;
    const days = this.daysLeft;
    const nowMs = clock.monotonicMs();
    if (days >= EXPIRES_SOON_DAYS || nowMs - this.#warnedMs < DAY_MS) return;
    this.#warnedMs = nowMs;
    if (days < 0) log.error("tls.expired", { days });
    else log.warn("tls.expires", { days });
  }
}

function isOther(a: Credentials, b: Credentials): boolean {
  return a.cert !== b.cert || a.key !== b.key || a.ca !== b.ca;
}
