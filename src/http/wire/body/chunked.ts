// Decodes a body in the chunked transfer coding (RFC 9112, section 7.1), in whatever pieces it comes.

import { enlarged } from "../../../base/buffers.ts";

/** The longest line that begins a chunk, its extensions included, in bytes. */
const MAX_LINE_BYTES = 1_024;

/** The most bytes of trailer fields; they are passed over. */
const MAX_TRAILER_BYTES = 8 * 1024;

const CR = 0x0d;
const LF = 0x0a;
const SEMICOLON = 0x3b;

type State = "size" | "extension" | "size end" | "data" | "data end" | "trailer" | "end" | "broken";

/** Decodes one body. */
export class ChunkedBody {
  readonly #maxBytes: number;
  #kept: Uint8Array<ArrayBuffer> = new Uint8Array(0);
  #state: State = "size";
  /** Bytes of the present chunk that have not come yet. */
  #left = 0;
  /** Bytes of the present line, or of all trailer lines. */
  #lineBytes = 0;
  /** Digits of the present size so far. */
  #digits = 0;
  /** Bytes of the present trailer line so far, without its end. */
  #trailerLine = 0;
  #wasCr = false;
  #bytes = 0;

  /** For a body of up to `maxBytes`. */
  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes;
  }

  /** True if the whole body has come. */
  get isWhole(): boolean {
    return this.#state === "end";
  }

  /** True if it is out of form. */
  get isBroken(): boolean {
    return this.#state === "broken";
  }

  /** True if it is longer than it may be; what is over is not kept. */
  get isTooLong(): boolean {
    return this.#bytes > this.#maxBytes;
  }

  /** The body so far. */
  get bytes(): Uint8Array<ArrayBuffer> {
    return this.#kept.subarray(0, Math.min(this.#bytes, this.#maxBytes));
  }

  /** Takes out what was kept; good until the next `take`. */
  takeOut(): Uint8Array<ArrayBuffer> {
    const bytes = this.bytes;
    this.#bytes = 0;
    return bytes;
  }

  /** Takes bytes up to the body's end; gives the place behind the last one taken. */
  take(bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end && this.#state !== "end" && this.#state !== "broken") {
      if (this.#state === "data") at = this.#takeData(bytes, at, end);
      else this.#step(bytes[at++]!);
    }
    return at;
  }

  #takeData(bytes: Uint8Array, at: number, end: number): number {
    const count = Math.min(this.#left, end - at);
    const before = this.#bytes;
    this.#bytes += count;
    if (!this.isTooLong) {
      if (this.#bytes > this.#kept.length) this.#grow();
      this.#kept.set(bytes.subarray(at, at + count), before);
    }
    this.#left -= count;
    if (this.#left === 0) this.#state = "data end";
    return at + count;
  }

  /** One buffer for all pieces: a body may come in chunks of one byte. */
  #grow(): void {
    const length = Math.min(this.#maxBytes, Math.max(1_024, this.#bytes * 2));
    this.#kept = enlarged(this.#kept, length);
  }

  #step(byte: number): void {
    switch (this.#state) {
      case "size":
        return this.#stepSize(byte);
      case "extension":
        if (byte === CR) this.#state = "size end";
        else if (byte === LF || ++this.#lineBytes > MAX_LINE_BYTES) this.#state = "broken";
        return;
      case "size end":
        if (byte !== LF) this.#state = "broken";
        else if (this.#left > 0) this.#state = "data";
        else this.#beginTrailer();
        return;
      case "data end":
        return this.#stepDataEnd(byte);
      case "trailer":
        return this.#stepTrailer(byte);
    }
  }

  #stepSize(byte: number): void {
    const digit = hexOf(byte);
    if (digit >= 0) {
      // Seven digits are 256 MiB, far over every limit, and far from where numbers become inexact.
      if (++this.#digits > 7) this.#state = "broken";
      this.#left = this.#left * 16 + digit;
    } else if (this.#digits === 0) this.#state = "broken";
    else if (byte === CR) this.#state = "size end";
    else if (byte === SEMICOLON) this.#state = "extension";
    else this.#state = "broken";
  }

  #stepDataEnd(byte: number): void {
    if (!this.#wasCr) {
      this.#wasCr = byte === CR;
      if (!this.#wasCr) this.#state = "broken";
      return;
    }
    this.#wasCr = false;
    this.#left = this.#digits = this.#lineBytes = 0;
    this.#state = byte === LF ? "size" : "broken";
  }

  #beginTrailer(): void {
    this.#state = "trailer";
    this.#lineBytes = this.#trailerLine = 0;
  }

  #stepTrailer(byte: number): void {
    if (++this.#lineBytes > MAX_TRAILER_BYTES) this.#state = "broken";
    else if (this.#wasCr) {
      this.#wasCr = false;
      if (byte !== LF) this.#state = "broken";
      else if (this.#trailerLine === 0) this.#state = "end";
      else this.#trailerLine = 0;
    } else if (byte === CR) this.#wasCr = true;
    else if (byte === LF) this.#state = "broken";
    else this.#trailerLine++;
  }
}

/** The value of a hexadecimal digit; -1 for any other byte. */
function hexOf(byte: number): number {
  if (byte >= 0x30 && byte <= 0x39) return byte - 0x30;
  const letter = byte | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x61 + 10 : -1;
}
