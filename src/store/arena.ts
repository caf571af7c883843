// Byte storage for millions of short, changing texts without an object for each: blocks of 1 MiB,
// cut into pieces of a few sizes, freed pieces kept in a list for each size.

/** Sizes of pieces are multiples of this many bytes; addresses count in it too. */
const UNIT_BYTES = 16;
/**
 * Up to here every multiple is a size; above, only each quarter between powers of two. A freed piece
 * serves its own size alone, so somebody who makes texts grow through all sizes leaves one of each
 * behind: with few sizes that is about eight times the longest text, with all multiples a hundred.
 */
const MAX_FINE_BYTES = 256;
const UNITS_PER_BLOCK = 1 << 16;
const BLOCK_BYTES = UNIT_BYTES * UNITS_PER_BLOCK;

/** Allocates pieces of memory by address. An address is a positive 32-bit number; 0 is none. */
export class Arena {
  readonly #blocks: Uint8Array[] = [];
  readonly #words: Uint32Array[] = [];
  /** The first freed piece of each size in units; each freed piece holds the next one's address. */
  readonly #free: number[] = [];
  #next = UNITS_PER_BLOCK;

  /** Memory taken from the system, in bytes. */
  get byteLength(): number {
    return this.#blocks.length * BLOCK_BYTES;
  }

  /** Bytes that a piece for `length` bytes really has. */
  static capacity(length: number): number {
    const step = length <= MAX_FINE_BYTES ? UNIT_BYTES : 2 ** (29 - Math.clz32(length - 1));
    return Math.ceil(length / step) * step;
  }

  /** A piece of at least `length` bytes (1 to 1 MiB). What it holds is undefined. */
  allocate(length: number): number {
    const units = Arena.capacity(length) / UNIT_BYTES;
    const freed = this.#free[units] ?? 0;
    if (freed !== 0) {
      this.#free[units] = this.#words[freed >>> 16]![(freed & 0xffff) * 4]!;
      return freed;
    }
    if (this.#next % UNITS_PER_BLOCK + units > UNITS_PER_BLOCK || this.#isAtEnd()) this.#addBlock();
    const address = this.#next;
    this.#next += units;
    return address;
  }

  /** Returns a piece that was allocated for `length` bytes. */
  free(address: number, length: number): void {
    const units = Arena.capacity(length) / UNIT_BYTES;
    this.#words[address >>> 16]![(address & 0xffff) * 4] = this.#free[units] ?? 0;
    this.#free[units] = address;
  }

  /** The block that holds a piece. */
  block(address: number): Uint8Array {
    return this.#blocks[address >>> 16]!;
  }

  /** The offset of a piece in its block. */
  offset(address: number): number {
    return (address & 0xffff) * UNIT_BYTES;
  }

  #isAtEnd(): boolean {
    return this.#next >= this.#blocks.length * UNITS_PER_BLOCK;
  }

  #addBlock(): void {
    const buffer = new ArrayBuffer(BLOCK_BYTES);
    // Unit 0 of block 0 stays unused, so that no piece has the address 0.
    this.#next = this.#blocks.length === 0 ? 1 : this.#blocks.length * UNITS_PER_BLOCK;
    this.#blocks.push(new Uint8Array(buffer));
    this.#words.push(new Uint32Array(buffer));
  }
}
