// Takes a body apart while it comes: into lines, or into the elements of a JSON array. What is in an item
// is looked at by whoever reads them.

import { NEWLINE } from "../../../base/bytes.ts";

/** The longest item, in bytes: an id of 4,096 percent-encoded bytes, and all else about it. */
export const MAX_ITEM_BYTES = 16 * 1024;

/** A part of a body; good until the next one. */
export interface Item {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly end: number;
  /** True if it is over {@link MAX_ITEM_BYTES}: the bytes are its beginning. */
  readonly isTooLong: boolean;
}

/** Takes one body apart. */
export interface Items {
  /** The items that end in this piece of the body. */
  split(piece: Uint8Array): Iterable<Item>;
  /** The item that the body's end ends, if there is one. */
  end(): Item | undefined;
  /** True if the rest of the body is not worth to be looked at. */
  readonly isBroken: boolean;
  /** The fault of the body as a whole, if it ends here. */
  readonly fault: string | undefined;
}

/** The beginning of an item whose end has not come. */
class Carry {
  readonly #bytes = new Uint8Array(MAX_ITEM_BYTES);
  #length = 0;
  #isTooLong = false;

  get isEmpty(): boolean {
    return this.#length === 0;
  }

  keep(bytes: Uint8Array, start: number, end: number): void {
    const fitting = Math.min(end, start + MAX_ITEM_BYTES - this.#length);
    this.#bytes.set(bytes.subarray(start, fitting), this.#length);
    this.#length += fitting - start;
    this.#isTooLong ||= fitting < end;
  }

  /** The item that ends here. */
  finish(bytes: Uint8Array, start: number, end: number): Item {
    if (this.isEmpty) return { bytes, start, end, isTooLong: end - start > MAX_ITEM_BYTES };
    this.keep(bytes, start, end);
    const item = { bytes: this.#bytes, start: 0, end: this.#length, isTooLong: this.#isTooLong };
    this.#length = 0;
    this.#isTooLong = false;
    return item;
  }
}

const NOTHING = new Uint8Array(0);

/** Takes lines apart, with the carriage returns at their ends; the last one needs no end. */
export class LineItems implements Items {
  readonly isBroken = false;
  readonly fault = undefined;
  readonly #carry = new Carry();

  *split(piece: Uint8Array): Generator<Item, void> {
    let start = 0;
    for (let end; (end = piece.indexOf(NEWLINE, start)) >= 0; start = end + 1) {
      yield this.#carry.finish(piece, start, end);
    }
    this.#carry.keep(piece, start, piece.length);
  }

  end(): Item | undefined {
    return this.#carry.isEmpty ? undefined : this.#carry.finish(NOTHING, 0, 0);
  }
}

const QUOTE = 0x22;
const COMMA = 0x2c;
const OPEN_BRACKET = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_BRACKET = 0x5d;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;

type ArrayState = "before" | "elements" | "behind" | "other" | "more";

const NO_ARRAY = "The body is not an array of JSON";
const FAULTS: Readonly<Record<ArrayState, string | undefined>> = {
  before: NO_ARRAY,
  other: NO_ARRAY,
  elements: "the array does not end",
  more: "there is something behind the array",
  behind: undefined,
};

/** Takes the elements of a JSON array apart (RFC 8259). Only where they end is looked at. */
export class ArrayItems implements Items {
  readonly #carry = new Carry();
  #state: ArrayState = "before";
  #depth = 0;
  #isInString = false;
  #isEscaped = false;
  /** True if the present element has something but white space. */
  #hasText = false;
  #elements = 0;

  get fault(): string | undefined {
    return FAULTS[this.#state];
  }

  get isBroken(): boolean {
    return this.#state === "other" || this.#state === "more";
  }

  *split(piece: Uint8Array): Generator<Item, void> {
    let start = 0;
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at]!;
      if (this.#state === "elements") {
        const isEnd = this.#step(byte);
        if (!isEnd) continue;
        // An array of nothing but white space has no element.
        if (byte === COMMA || this.#hasText || this.#elements > 0) {
          this.#elements++;
          yield this.#carry.finish(piece, start, at);
        } else this.#carry.finish(piece, start, at);
        this.#hasText = false;
        start = at + 1;
        if (byte === CLOSE_BRACKET) this.#state = "behind";
      } else if (isSpace(byte)) continue;
      else if (this.#state === "before" && byte === OPEN_BRACKET) {
        this.#state = "elements";
        start = at + 1;
      } else {
        this.#state = this.#state === "behind" ? "more" : "other";
        return;
      }
    }
    if (this.#state === "elements") this.#carry.keep(piece, start, piece.length);
  }

  end(): undefined {}

  /** True if a byte ends an element. */
  #step(byte: number): boolean {
    if (this.#isInString) {
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === BACKSLASH) this.#isEscaped = true;
      else if (byte === QUOTE) this.#isInString = false;
      return false;
    }
    if (this.#depth === 0 && (byte === COMMA || byte === CLOSE_BRACKET)) return true;
    if (!isSpace(byte)) this.#hasText = true;
    if (byte === QUOTE) this.#isInString = true;
    else if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#depth++;
    else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && this.#depth > 0) this.#depth--;
    return false;
  }
}

function isSpace(byte: number): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
}
