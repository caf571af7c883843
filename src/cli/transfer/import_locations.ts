// Tells a herd locations in bodies of bounded size: one is on its way while the next is read.

import { awaitedLater } from "../../base/background.ts";
import { encode } from "../../base/bytes.ts";
import type { BulkSummary } from "../../http/api/schemas.ts";
import { Failure } from "../command/errors.ts";
import type { HerdPort } from "./herd_port.ts";
import type { Told } from "./told.ts";

/** The largest body, in bytes: what a body that breaks off may have left undone. */
export const MAX_BODY_BYTES = 200 * 1024;

/** Refused locations that are named. */
export const MAX_NAMED = 10;

const BEYOND_ASCII = /[^\0-\x7f]/;

/** Bytes of UTF-8 for a character (UTF-16), at most. */
const MAX_CHAR_BYTES = 3;

/** The outcome of the locations so far. */
export interface ImportCounts {
  /** Locations that were read and answered. */
  told: number;
  /** Those that are the newest known ones now, or were before. */
  stored: number;
  refused: number;
  /** The place of the last location that was answered. */
  last: number;
}

/** A location that was not taken. */
export interface Refused {
  readonly at: number;
  readonly reason: string;
}

/** Tells a herd locations in their order. */
export class Importer {
  readonly counts: ImportCounts = { told: 0, stored: 0, refused: 0, last: 0 };
  /** The first ones that were refused. */
  readonly refused: Refused[] = [];
  readonly #port: HerdPort;
  #lines: string[] = [];
  #places: number[] = [];
  #bytes = 0;
  #sending: Promise<void> = Promise.resolve();

  constructor(port: HerdPort) {
    this.#port = port;
  }

  /** Takes a location; a promise if it has to wait until there is room. Rejects with a `Failure`. */
  add(told: Told): Promise<void> | undefined {
    if ("fault" in told) {
      this.#refuse(told.at, told.fault);
      this.counts.told++;
      return undefined;
    }
    const { at, line } = told;
    const bytes = 1 + line.length * (BEYOND_ASCII.test(line) ? MAX_CHAR_BYTES : 1);
    if (bytes > MAX_BODY_BYTES) return this.add({ at, fault: "too long for a location" });
    const isFull = this.#bytes + bytes > MAX_BODY_BYTES;
    const sent = isFull ? this.#send() : undefined;
    this.#lines.push(line);
    this.#places.push(at);
    this.#bytes += bytes;
    return sent;
  }

  /** Tells what is left. Rejects with a `Failure` if the herd cannot be told. */
  async flush(): Promise<void> {
    if (this.#lines.length > 0) await this.#send();
    await this.#sending;
  }

  /** Begins to send what is there, when what was sent before is answered. */
  #send(): Promise<void> {
    const places = this.#places;
    const bytes = encode(`${this.#lines.join("\n")}\n`);
    this.#lines = [];
    this.#places = [];
    this.#bytes = 0;
    const before = this.#sending;
    // It is awaited with the next one, or in `flush`.
    this.#sending = awaitedLater(before.then(() => this.#tell(bytes, places)));
    return before;
  }

  async #tell(bytes: Uint8Array, places: readonly number[]): Promise<void> {
    const body = { type: "application/x-ndjson", bytes };
    const request = { path: "/v1/locations?answer=summary", method: "POST", body } as const;
    const { received, stored, faulty, faults } = parseSummary(await this.#port.ask(request));
    const { counts } = this;
    counts.told += received;
    counts.stored += stored;
    for (const { number, error } of faults) this.#refuse(places[number - 1] ?? 0, error);
    counts.refused += faulty - faults.length;
    counts.last = places.at(-1)!;
  }

  #refuse(at: number, reason: string): void {
    this.counts.refused++;
    if (this.refused.length < MAX_NAMED) this.refused.push({ at, reason });
  }
}

function parseSummary(text: string): BulkSummary {
  try {
    const summary = JSON.parse(text);
    if (Array.isArray(summary.faults) && typeof summary.received === "number") return summary;
  } catch {
    // Told below.
  }
  throw new Failure("What answers at the herd's HTTP port is no server of a herd");
}
