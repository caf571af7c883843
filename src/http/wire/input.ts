// What has come of a connection and is not taken yet: requests one behind the other.

import { decodeLatin1 } from "../../base/bytes.ts";
import type { ByteSource } from "../../base/connection.ts";
import { ChunkedBody } from "./body/chunked.ts";
import { type Head, HeadError, MAX_HEAD_BYTES, parseHead } from "./head.ts";

/** The first buffer: most requests fit, also with a browser's fields. */
const FIRST_BUFFER_BYTES = 4 * 1024;

/** A chunked body may take this much more than what it holds, or be refused. */
const MAX_CODING_BYTES = 64 * 1024;

const CR = 0x0d;
const LF = 0x0a;

/** The input of one connection. */
export class Input {
  readonly #source: ByteSource;
  #bytes = new Uint8Array(FIRST_BUFFER_BYTES);
  #start = 0;
  #end = 0;
  /** The offset at which the search for the end of a head goes on. */
  #scanned = 0;

  /** Reads from this source. */
  constructor(source: ByteSource) {
    this.#source = source;
  }

  /** True if nothing has come that was not taken. */
  get isEmpty(): boolean {
    return this.#start === this.#end;
  }

  /** True if more can be read before something is taken. */
  get hasRoom(): boolean {
    return this.#end - this.#start < MAX_HEAD_BYTES;
  }

  /** Takes all that has come; good until the next read. */
  takeRest(): Uint8Array<ArrayBuffer> {
    const rest = this.#bytes.subarray(this.#start, this.#end);
    this.#start = this.#end = this.#scanned = 0;
    return rest;
  }

  /**
   * Reads more, of a body that is read in pieces up to `maxBytes` of one; false at the end of the
   * stream. Rejects when the source does.
   */
  async fill(maxBytes = FIRST_BUFFER_BYTES): Promise<boolean> {
    this.#makeRoom(Math.max(maxBytes, FIRST_BUFFER_BYTES));
    const count = await this.#source.read(this.#bytes.subarray(this.#end));
    if (count === null) return false;
    this.#end += count;
    return true;
  }

  /** Takes the next head; undefined when it has not come whole. */
  nextHead(): Head | HeadError | undefined {
    const bytes = this.#bytes;
    // An empty line before a request is some old client's end of a body.
    while (this.#end - this.#start >= 2 && bytes[this.#start] === CR) {
      if (bytes[this.#start + 1] !== LF) break;
      this.#start += 2;
    }
    const end = this.#headEnd();
    // However it came in pieces, one that is too long is refused.
    if (end >= 0 && end + 4 - this.#start <= MAX_HEAD_BYTES) {
      const head = parseHead(decodeLatin1(bytes.subarray(this.#start, end)));
      this.#start = this.#scanned = end + 4;
      return head;
    }
    if (end < 0 && this.#end - this.#start < MAX_HEAD_BYTES) return undefined;
    return new HeadError(431, `The head is over ${MAX_HEAD_BYTES} bytes`);
  }

  /** The offset of the empty line that ends a head, at the end of the line before; -1 when it has not come. */
  #headEnd(): number {
    const bytes = this.#bytes;
    const end = this.#end;
    // A loop, and not indexOf: a line is too short to be worth a call.
    for (let at = Math.max(this.#start + 3, this.#scanned); at < end; at++) {
      if (bytes[at] !== LF || bytes[at - 2] !== LF) continue;
      if (bytes[at - 1] === CR && bytes[at - 3] === CR) return at - 3;
    }
    this.#scanned = end;
    return -1;
  }

  /** Takes a body that has come whole, without copying it: good until the next read. */
  takeWhole(length: number): Uint8Array<ArrayBuffer> | undefined {
    if (this.#end - this.#start < length) return undefined;
    const body = this.#bytes.subarray(this.#start, this.#start + length);
    this.#start += length;
    this.#scanned = this.#start;
    return body;
  }

  /** Takes what has come, up to so many bytes, without copying it: good until the next read. */
  takeSome(maxBytes: number): Uint8Array<ArrayBuffer> {
    return this.takeWhole(Math.min(maxBytes, this.#end - this.#start))!;
  }

  /** Has a body in chunks take of what has come what is its own, up to its end. */
  decode(body: ChunkedBody): void {
    this.#start = this.#scanned = body.take(this.#bytes, this.#start, this.#end);
  }

  /**
   * Takes a body of `length` bytes; undefined when the stream ends before. `read` is to fill this
   * input, and gives false at the end.
   */
  async takeBody(
    length: number,
    read: () => Promise<boolean>,
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const body = new Uint8Array(length);
    for (let filled = 0;;) {
      const count = Math.min(length - filled, this.#end - this.#start);
      body.set(this.#bytes.subarray(this.#start, this.#start + count), filled);
      this.#start += count;
      filled += count;
      if (filled === length) return body;
      if (!await read()) return undefined;
    }
  }

  /** The same of a body in chunks, of up to `maxBytes`. */
  async takeChunked(
    maxBytes: number,
    read: () => Promise<boolean>,
  ): Promise<Uint8Array<ArrayBuffer> | "too long" | "broken" | undefined> {
    const body = new ChunkedBody(maxBytes);
    for (let coded = 0;;) {
      const before = this.#start;
      this.#start = body.take(this.#bytes, this.#start, this.#end);
      coded += this.#start - before;
      if (body.isBroken) return "broken";
      if (body.isTooLong || coded > maxBytes + MAX_CODING_BYTES) return "too long";
      if (body.isWhole) return body.bytes;
      if (!await read()) return undefined;
    }
  }

  #makeRoom(emptyBytes: number): void {
    if (this.#start === this.#end) {
      this.#start = this.#end = this.#scanned = 0;
      // What one large request needed, a thousand idle connections do not keep.
      if (this.#bytes.length !== emptyBytes) this.#bytes = new Uint8Array(emptyBytes);
      return;
    }
    if (this.#end < this.#bytes.length) return;
    const rest = this.#end - this.#start;
    const isFull = rest > this.#bytes.length / 2;
    const bytes = isFull ? new Uint8Array(this.#bytes.length * 2) : this.#bytes;
    bytes.set(this.#bytes.subarray(this.#start, this.#end));
    this.#bytes = bytes;
    this.#scanned = Math.max(0, this.#scanned - this.#start);
    this.#start = 0;
    this.#end = rest;
  }
}
