// A hash index from an id's bytes to a record's number: open addressing in 256 small tables, each
// growing on its own, so that no single insertion has to move a million entries.

import { release } from "../base/buffers.ts";

const TABLES = 256;
const FIRST_SLOTS = 16;
/** A table grows when it is fuller than this. */
const MAX_LOAD = 0.7;

/** A table: slots hold record numbers, 0 is empty; linear probing from the hash. */
interface Table {
  slots: Uint32Array<ArrayBuffer>;
  used: number;
}

/** FNV-1a with a seed and a final mix (Murmur3's finaliser), 32 bits. */
export function hashBytes(bytes: Uint8Array, start: number, end: number, seed: number): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let i = start; i < end; i++) hash = Math.imul(hash ^ bytes[i]!, 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

/** Record numbers by the hash of their ids. Whether an id is really equal, the caller decides. */
export class IdIndex {
  readonly #tables: Table[] = [];
  readonly #hashOf: (record: number) => number;

  /** `hashOf` gives the hash under which a record was added. */
  constructor(hashOf: (record: number) => number) {
    this.#hashOf = hashOf;
    for (let i = 0; i < TABLES; i++) {
      this.#tables.push({ slots: new Uint32Array(FIRST_SLOTS), used: 0 });
    }
  }

  /** The first record under `hash` that `isIt` accepts, or 0. */
  find(hash: number, isIt: (record: number) => boolean): number {
    const { slots } = this.#tables[hash >>> 24]!;
    const mask = slots.length - 1;
    for (let i = hash & mask;; i = (i + 1) & mask) {
      const record = slots[i]!;
      if (record === 0 || (this.#hashOf(record) === hash && isIt(record))) return record;
    }
  }

  /** Adds a record that is not in the index. */
  add(hash: number, record: number): void {
    const table = this.#tables[hash >>> 24]!;
    if (table.used + 1 > table.slots.length * MAX_LOAD) this.#grow(table);
    place(table.slots, hash, record);
    table.used++;
  }

  /** Removes a record that is in the index. */
  remove(hash: number, record: number): void {
    const table = this.#tables[hash >>> 24]!;
    const { slots } = table;
    const mask = slots.length - 1;
    let hole = hash & mask;
    while (slots[hole] !== record) hole = (hole + 1) & mask;
    // Close the gap: move back whatever a search would no longer reach across it.
    for (let i = (hole + 1) & mask; slots[i] !== 0; i = (i + 1) & mask) {
      const home = this.#hashOf(slots[i]!) & mask;
      if (((i - home) & mask) >= ((i - hole) & mask)) {
        slots[hole] = slots[i]!;
        hole = i;
      }
    }
    slots[hole] = 0;
    table.used--;
  }

  #grow(table: Table): void {
    const larger = new Uint32Array(table.slots.length * 2);
    for (const record of table.slots) {
      if (record !== 0) place(larger, this.#hashOf(record), record);
    }
    release(table.slots);
    table.slots = larger;
  }
}

function place(slots: Uint32Array, hash: number, record: number): void {
  const mask = slots.length - 1;
  let i = hash & mask;
  while (slots[i] !== 0) i = (i + 1) & mask;
  slots[i] = record;
}
