// What happened in a trial, for a person who replays it: time, server, event, in columns.

import type { Fields, Log } from "../../../src/base/log.ts";

/** Columns are this wide where their texts are not wider. */
const EVENT_WIDTH = 18;

/** One line of a trace. */
interface Entry {
  readonly atMs: number;
  /** Whose event it is; empty when it is the world's. */
  readonly server: string;
  readonly event: string;
  readonly detail: string;
}

/** Remembers what happened. */
export class Trace {
  readonly #entries: Entry[] = [];
  readonly #nowMs: () => number;

  /** `nowMs` tells the virtual time. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Adds an event. */
  add(server: string, event: string, detail = ""): void {
    this.#entries.push({ atMs: this.#nowMs(), server, event, detail });
  }

  /** A log whose events are added as those of `server`. */
  log(server: string): Log {
    const add = (event: string, fields: Fields = {}) => this.add(server, event, inWords(fields));
    return { debugEnabled: false, debug() {}, info: add, warn: add, error: add };
  }

  /** The trace as lines: milliseconds, server, event and its details. */
  lines(): string[] {
    const width = Math.max(0, ...this.#entries.map((it) => it.server.length));
    return this.#entries.map(({ atMs, server, event, detail }) =>
      [
        atMs.toFixed(1).padStart(8),
        server.padEnd(width),
        event.padEnd(EVENT_WIDTH),
        detail,
      ].join("  ").trimEnd()
    );
  }
}

function inWords(fields: Fields): string {
  return Object.entries(fields).map(([name, value]) => `${name} ${value}`).join(", ");
}
