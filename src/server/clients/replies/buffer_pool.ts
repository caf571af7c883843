// Buffers that no connection is using: an idle connection holds none, and a busy server makes none.

/** A buffer of no length, to say that one has none. */
export const NO_BUFFER: Uint8Array<ArrayBuffer> = new Uint8Array(0);

/** Buffers of one size. */
export class BufferPool {
  /** Bytes of each. */
  readonly size: number;
  readonly #most: number;
  readonly #buffers: Uint8Array<ArrayBuffer>[] = [];

  /** Keeps `most` buffers of `size` bytes for the next who want one. */
  constructor(size: number, most: number) {
    this.size = size;
    this.#most = most;
  }

  /** A buffer that nobody else has. What it holds is undefined. */
  take(): Uint8Array<ArrayBuffer> {
    return this.#buffers.pop() ?? new Uint8Array(this.size);
  }

  /** Gives one back that `take` gave, or `NO_BUFFER`. */
  give(buffer: Uint8Array<ArrayBuffer>): void {
    if (buffer.length === this.size && this.#buffers.length < this.#most) {
      this.#buffers.push(buffer);
    }
  }
}
