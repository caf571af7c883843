// A byte connection whose one end is a text: it comes in pieces of any size, and what is written goes in
// pieces too. Which, is decided by the text itself, so that an input fails again in the same way.

import type { Connection } from "../../src/base/connection.ts";
import { Chance } from "./chance.ts";
import { getLatin1, hashOf, putLatin1 } from "./text.ts";

/** Gives the text, then the end of the stream; remembers what is written. */
export class Wire implements Connection {
  readonly #bytes: Uint8Array;
  readonly #chance: Chance;
  readonly #maxPiece: number;
  #at = 0;
  #written = "";
  #isClosed = false;

  constructor(text: string) {
    this.#bytes = new Uint8Array(text.length);
    putLatin1(text, this.#bytes, 0);
    this.#chance = new Chance(hashOf(text));
    // From a byte at a time to all at once; long texts not in bytes, which takes long.
    const pieces = [1, 3, 20, 100, 1_000, 5_000, 70_000];
    this.#maxPiece = this.#chance.pick(text.length > 2_000 ? pieces.slice(2) : pieces);
  }

  /** All that was written so far, as Latin-1. */
  get written(): string {
    return this.#written;
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    await undefined;
    if (this.#isClosed) throw new Deno.errors.Interrupted("operation canceled");
    const count = Math.min(this.#piece(), buffer.length, this.#bytes.length - this.#at);
    if (count === 0) return null;
    buffer.set(this.#bytes.subarray(this.#at, this.#at + count));
    this.#at += count;
    return count;
  }

  async write(bytes: Uint8Array): Promise<number> {
    // What is not copied at once may be overwritten: the buffer is lent until the write is through.
    for (let hops = this.#chance.below(3); hops > 0; hops--) await undefined;
    if (this.#isClosed) throw new Deno.errors.BadResource("Bad resource ID");
    const count = Math.min(bytes.length, this.#chance.oneIn(2) ? bytes.length : this.#piece());
    this.#written += getLatin1(bytes, 0, count);
    return count;
  }

  close(): void {
    this.#isClosed = true;
  }

  #piece(): number {
    return 1 + this.#chance.below(this.#maxPiece);
  }
}

/** How long something that needs no waiting may take before it counts as stuck, in milliseconds. */
const STUCK_MS = 5_000;

/** Waits for what must end by itself; throws if it does not. */
export async function unlessStuck<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stuck = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error("It does not end")), STUCK_MS);
  });
  try {
    return await Promise.race([work, stuck]);
  } finally {
    clearTimeout(timer);
  }
}
