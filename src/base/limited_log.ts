// A log for what strangers can cause as often as they like: it has a line for each reason and minute,
// and counts the rest.

import type { Clock } from "./clock.ts";
import type { Fields, Log } from "./log.ts";

/** A reason is logged again after this time, in milliseconds. */
export const REASON_MS = 60_000;

/** Reasons of one event within that time; a stranger's words may be in them, each time others. */
export const MAX_REASONS = 16;

/** Limits on what is let through. */
export interface LimitedLogOptions {
  readonly log: Log;
  readonly clock: Pick<Clock, "monotonicMs">;
  /** Lines for each reason of an event within `REASON_MS`; 1 when left out. */
  readonly lines?: number | undefined;
}

/** Lines of one reason since a line opened its minute. */
interface Window {
  readonly beganMs: number;
  lines: number;
  repeated: number;
}

/**
 * Logs an event with a `reason` at once, and the next with the same reason when a minute has passed.
 * That line says in `repeated` how many there were between, of this reason or of those beyond
 * `MAX_REASONS`. They are for `debug`, which is not limited.
 */
export class LimitedLog implements Log {
  readonly debugEnabled: boolean;
  readonly #options: LimitedLogOptions;
  readonly #maxLines: number;
  /** By event, then by reason, the oldest window first. */
  readonly #windows = new Map<string, Map<string, Window>>();
  /** Events that were not logged and whose window is gone. */
  readonly #forgotten = new Map<string, number>();

  constructor(options: LimitedLogOptions) {
    this.#options = options;
    this.#maxLines = options.lines ?? 1;
    this.debugEnabled = options.log.debugEnabled;
  }

  debug(event: string, fields?: Fields): void {
    this.#options.log.debug(event, fields);
  }

  info(event: string, fields?: Fields): void {
    this.#limit("info", event, fields);
  }

  warn(event: string, fields?: Fields): void {
    this.#limit("warn", event, fields);
  }

  error(event: string, fields?: Fields): void {
    this.#limit("error", event, fields);
  }

  #limit(level: "info" | "warn" | "error", event: string, fields: Fields = {}): void {
    const { log, clock } = this.#options;
    const nowMs = clock.monotonicMs();
    const windows = this.#windowsOf(event, nowMs);
    const reason = String(fields.reason ?? "");
    let window = windows.get(reason);
    if (window === undefined) {
      if (windows.size >= MAX_REASONS) {
        this.#forget(event, 1);
        return log.debug(event, fields);
      }
      window = { beganMs: nowMs, lines: 0, repeated: 0 };
      windows.set(reason, window);
    }
    if (window.lines === this.#maxLines) {
      window.repeated++;
      return log.debug(event, fields);
    }
    window.lines++;
    const repeated = this.#forgotten.get(event);
    this.#forgotten.delete(event);
    log[level](event, repeated === undefined ? fields : { ...fields, repeated });
  }

  /** The windows of an event that are open. */
  #windowsOf(event: string, nowMs: number): Map<string, Window> {
    let windows = this.#windows.get(event);
    if (windows === undefined) this.#windows.set(event, windows = new Map());
    for (const [reason, { beganMs, repeated }] of windows) {
      if (nowMs - beganMs < REASON_MS) break;
      windows.delete(reason);
      this.#forget(event, repeated);
    }
    return windows;
  }

  #forget(event: string, count: number): void {
    if (count > 0) this.#forgotten.set(event, (this.#forgotten.get(event) ?? 0) + count);
  }
}
