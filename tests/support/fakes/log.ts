// A log that remembers, for tests that look at what was said, or wait for it to be said.

import type { Fields, Log } from "../../../src/base/log.ts";
import { within } from "../waiting.ts";

/** One event as it was logged. */
export interface Entry {
  readonly level: "debug" | "info" | "warn" | "error";
  readonly event: string;
  readonly fields: Fields;
}

/** A log together with everything it was told. */
export interface RecordingLog extends Log {
  /** In the order they came. */
  readonly entries: readonly Entry[];
  /**
   * Gives the first entry of that event for which `matches` holds, now or when it comes. Entries from
   * before the call count too; to wait for something new, say so in `matches` or use a new log.
   * Rejects when it has not come in time.
   */
  next(event: string, matches?: (fields: Fields) => boolean): Promise<Entry>;
}

/** Makes an empty log that remembers; `debugEnabled` is on if not given. */
export function recordingLog(options: { debugEnabled?: boolean } = {}): RecordingLog {
  const entries: Entry[] = [];
  const waiting = new Set<(entry: Entry) => void>();
  const record = (level: Entry["level"]) => (event: string, fields: Fields = {}) => {
    const entry = { level, event, fields: copied(fields) };
    entries.push(entry);
    for (const wake of waiting) wake(entry);
  };
  const debugEnabled = options.debugEnabled ?? true;
  return {
    debugEnabled,
    debug: debugEnabled ? record("debug") : () => {},
    info: record("info"),
    warn: record("warn"),
    error: record("error"),
    entries,
    next(event, matches = () => true) {
      const wanted = (entry: Entry) => entry.event === event && matches(entry.fields);
      const earlier = entries.find(wanted);
      if (earlier !== undefined) return Promise.resolve(earlier);
      const { promise, resolve } = Promise.withResolvers<Entry>();
      waiting.add(function wake(entry) {
        if (!wanted(entry)) return;
        waiting.delete(wake);
        resolve(entry);
      });
      return within(promise, `'${event}' in the log, ${matches}`);
    },
  };
}

/** A log may not keep bytes it is given: they are most often a view of a buffer in use. */
function copied(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).map((
      [name, value],
    ) => [name, value instanceof Uint8Array ? value.slice() : value]),
  );
}
