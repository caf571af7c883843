// Splits a byte stream into lines, in place: an async iterator that yields once a chunk and lets
// the caller step through all whole lines of that chunk without a promise or an object a line.

import { enlarged } from "../base/buffers.ts";
import { NEWLINE } from "../base/bytes.ts";
import type { ByteSource } from "../base/connection.ts";

/** Longest request line, in bytes without its newline. */
export const MAX_LINE_BYTES = 4096;

const FIRST_BUFFER_BYTES = 8 * 1024;
const MAX_BUFFER_BYTES = 64 * 1024;

type Turn = IteratorResult<LineReader, undefined>;

const END: Turn = { done: true, value: undefined };

/**
 * The lines of a stream. Iterating gives the reader itself, once for each chunk that completed at
 * least one line; `nextLine()` then steps through them:
 *
 * ```ts ignore
 * for await (const lines of new LineReader(connection)) {
 *   while (lines.nextLine()) handle(lines.bytes, lines.start, lines.end);
 * }
 * ```
 *
 * The bytes of a line are good until the next turn of the outer loop. A line longer than the
 * limit is given once, cut at the limit, with `isOverlong`; what follows of it is skipped. At the
 * end of the stream a last line without newline is given too, unless it is empty. Leaving the
 * loop closes nothing: another reader of the same stream may go on where this one stopped.
 */
export class LineReader implements AsyncIterableIterator<LineReader> {
  /** The buffer that holds the present line at `start` to `end`, newline not included. */
  bytes: Uint8Array<ArrayBuffer>;
  start = 0;
  end = 0;
  /** True if the present line was cut at the limit. */
  isOverlong = false;
  /** Bytes read from the source so far. */
  bytesRead = 0;
  /** Longest line; may be raised when the stream turns out to be a link. */
  maxLineBytes: number;

  readonly #source: ByteSource;
  readonly #turn: IteratorYieldResult<LineReader> = { done: false, value: this };
  /** First byte that was not given yet, and the end of what was read. */
  #next = 0;
  #filled = 0;
  /** Offset at which the search for a newline goes on. */
  #scanned = 0;
  /** All of the buffer that may be read into, and what is being read into. */
  #whole: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #room: Uint8Array<ArrayBuffer> = this.#whole;
  #skipping = false;
  #ended = false;

  constructor(source: ByteSource, maxLineBytes: number = MAX_LINE_BYTES) {
    this.#source = source;
    this.maxLineBytes = maxLineBytes;
    this.bytes = new Uint8Array(FIRST_BUFFER_BYTES);
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  /** The beginning of the next line while its rest is waited for. */
  get begun(): Uint8Array<ArrayBuffer> {
    return this.bytes.subarray(this.#skipping ? this.#filled : this.#next, this.#filled);
  }

  /** Waits for a chunk that completes a line. Rejects when the source's read does. */
  next(): Promise<Turn> {
    if (this.#ended) return Promise.resolve(END);
    // With a callback: an async function is one promise and one turn more a chunk.
    return this.#source.read(this.#makeRoom()).then(this.#took);
  }

  readonly #took = (count: number | null): Turn | Promise<Turn> =>
    this.#take(count) ?? this.#more();

  /** For a line that comes in pieces: one promise for all of them, not each inside of the last. */
  async #more(): Promise<Turn> {
    for (;;) {
      const turn = this.#take(await this.#source.read(this.#makeRoom()));
      if (turn !== undefined) return turn;
    }
  }

  /** Accepts bytes that were read into the room; undefined while no line is whole. */
  #take(count: number | null): Turn | undefined {
    if (count === null) {
      this.#ended = true;
      return this.#hasLine() ? this.#turn : END;
    }
    this.bytesRead += count;
    this.#filled += count;
    if (count === this.#room.length) this.#grow();
    return this.#hasLine() ? this.#turn : undefined;
  }

  /** Steps to the next whole line of this chunk; `false` when there is none. */
  nextLine(): boolean {
    if (this.#scanned === this.#filled && !this.#ended) return false;
    // The sentinel keeps indexOf, the fastest search there is, from running past what was read.
    this.bytes[this.#filled] = NEWLINE;
    for (;;) {
      const at = this.bytes.indexOf(NEWLINE, this.#scanned);
      if (this.#skipping) {
        if (at === this.#filled) {
          this.#next = this.#scanned = this.#filled;
          return false;
        }
        this.#skipping = false;
        this.#next = this.#scanned = at + 1;
        continue;
      }
      this.start = this.#next;
      const length = at - this.start;
      if (length > this.maxLineBytes) {
        this.end = this.start + this.maxLineBytes;
        this.isOverlong = true;
        this.#skipping = true;
        this.#scanned = at;
        this.#next = at;
        return true;
      }
      this.isOverlong = false;
      this.end = at;
      if (at < this.#filled) {
        this.#next = this.#scanned = at + 1;
        return true;
      }
      this.#scanned = this.#filled;
      if (!this.#ended || length === 0) return false;
      this.#next = this.#filled;
      return true;
    }
  }

  /** True if `nextLine()` has a line. */
  #hasLine(): boolean {
    if (this.#ended) return this.#filled > this.#next;
    this.bytes[this.#filled] = NEWLINE;
    if (this.#skipping) return this.#filled > this.#next;
    if (this.#filled - this.#next > this.maxLineBytes) return true;
    const at = this.bytes.indexOf(NEWLINE, this.#scanned);
    this.#scanned = at;
    return at < this.#filled;
  }

  /** Room for what is read next: all but one byte, which stays free for the sentinel of `nextLine`. */
  #makeRoom(): Uint8Array<ArrayBuffer> {
    const { bytes } = this;
    const rest = this.#filled - this.#next;
    if (rest > 0) {
      bytes.copyWithin(0, this.#next, this.#filled);
      this.#room = bytes.subarray(rest, bytes.length - 1);
    } else {
      // Mostly all of it is free, and the same view serves again.
      if (this.#whole.buffer !== bytes.buffer) this.#whole = bytes.subarray(0, bytes.length - 1);
      this.#room = this.#whole;
    }
    this.#scanned -= this.#next;
    this.#filled = rest;
    this.#next = 0;
    return this.#room;
  }

  /** A connection that fills its buffer gets a larger one; idle ones stay small. */
  #grow(): void {
    if (this.bytes.length >= MAX_BUFFER_BYTES) return;
    this.bytes = enlarged(this.bytes, this.bytes.length * 2);
  }
}

/** Steps to the stream's next line, waiting for it; `false` at the end of the stream. */
export async function waitForLine(lines: LineReader): Promise<boolean> {
  while (!lines.nextLine()) {
    if ((await lines.next()).done) return false;
  }
  return true;
}
