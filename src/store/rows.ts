// The fixed fields of all records, a row of 48 bytes each: what one update touches lies together.
// Among a million clients each line of memory is a wait, and with a column for each field an update
// would wait a dozen times.

import { enlarged } from "../base/buffers.ts";

const ROW_WORDS = 12;
const ROW_HALVES = ROW_WORDS * 2;
const ROW_DOUBLES = ROW_WORDS / 2;

/** Fields of 32 bits: the first six words of a row. */
export const ADDRESS = 0;
export const HASH = 1;
export const KNOWN_TO = 2;
export const EFFECTIVE_NANOS = 3;
export const NEXT = 4;
export const PREVIOUS = 5;

/** Fields of 16 bits: the two words after them. */
export const LENGTH = 12;
export const CLIENT_START = 13;
export const CLIENT_LENGTH = 14;
export const FLAGS = 15;

/** Doubles: the last four words. */
export const EFFECTIVE_SECONDS = 4;
export const POSITION = 5;

const FIRST_CAPACITY = 1024;

/** Rows by number, from 1 on; row 0 is there and means none. */
export class Rows {
  // The same memory three times; a larger one takes its place when there are more rows.
  #words!: Uint32Array<ArrayBuffer>;
  #halves!: Uint16Array<ArrayBuffer>;
  #doubles!: Float64Array<ArrayBuffer>;
  readonly #freed: number[] = [];
  #capacity = FIRST_CAPACITY;
  #end = 1;

  constructor() {
    this.#use(new Uint32Array(FIRST_CAPACITY * ROW_WORDS));
  }

  /** One more than the greatest number that was ever taken. */
  get end(): number {
    return this.#end;
  }

  /** A row that nobody has. What is in it is what was left there, zeros at first. */
  take(): number {
    const freed = this.#freed.pop();
    if (freed !== undefined) return freed;
    if (this.#end === this.#capacity) this.#grow();
    return this.#end++;
  }

  /** Gives a row back. */
  give(row: number): void {
    this.#freed.push(row);
  }

  /** A field of 32 bits. */
  word(row: number, field: number): number {
    return this.#words[row * ROW_WORDS + field]!;
  }

  /** Sets a field of 32 bits. */
  setWord(row: number, field: number, value: number): void {
    this.#words[row * ROW_WORDS + field] = value;
  }

  /** A field of 16 bits. */
  half(row: number, field: number): number {
    return this.#halves[row * ROW_HALVES + field]!;
  }

  /** Sets a field of 16 bits. */
  setHalf(row: number, field: number, value: number): void {
    this.#halves[row * ROW_HALVES + field] = value;
  }

  /** A field that is a double. */
  double(row: number, field: number): number {
    return this.#doubles[row * ROW_DOUBLES + field]!;
  }

  /** Sets a field that is a double. */
  setDouble(row: number, field: number, value: number): void {
    this.#doubles[row * ROW_DOUBLES + field] = value;
  }

  #grow(): void {
    this.#capacity *= 2;
    this.#use(enlarged(this.#words, this.#capacity * ROW_WORDS));
  }

  #use(words: Uint32Array<ArrayBuffer>): void {
    this.#words = words;
    this.#halves = new Uint16Array(words.buffer);
    this.#doubles = new Float64Array(words.buffer);
  }
}
