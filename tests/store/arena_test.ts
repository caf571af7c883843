import { assert, assertEquals } from "@std/assert";
import { Arena } from "../../src/store/arena.ts";

/** The longest text that is ever stored: a client's longest line and what a server adds to it. */
const LONGEST_BYTES = 4096 + 96;

Deno.test("Arena.capacity() is never less than asked for, and wastes a quarter at most", () => {
  for (let length = 1; length <= LONGEST_BYTES; length++) {
    const capacity = Arena.capacity(length);
    assert(capacity >= length, `${length}`);
    assertEquals(capacity % 16, 0, `${length}`);
    assert(capacity - length < Math.max(16, length / 4), `${length}`);
    assertEquals(Arena.capacity(capacity), capacity, `${length}`);
  }
});

Deno.test("Arena gives each piece to one owner", () => {
  const arena = new Arena();
  const owned = new Map<number, number>();
  const pieces: { address: number; length: number; mark: number }[] = [];
  let state = 1;
  const below = (limit: number) => (state = (state * 48_271) % 0x7fffffff) % limit;
  for (let i = 0; i < 20_000; i++) {
    if (pieces.length > 500 || (pieces.length > 0 && below(2) === 0)) {
      const [{ address, length, mark }] = pieces.splice(below(pieces.length), 1) as [
        typeof pieces[number],
      ];
      const start = arena.offset(address);
      const bytes = arena.block(address).subarray(start, start + length);
      assert(bytes.every((it) => it === mark));
      owned.delete(address);
      arena.free(address, length);
    } else {
      const length = 1 + below(LONGEST_BYTES);
      const address = arena.allocate(length);
      assert(address > 0 && !owned.has(address));
      owned.set(address, length);
      const start = arena.offset(address);
      arena.block(address).fill(i % 251, start, start + length);
      pieces.push({ address, length, mark: i % 251 });
    }
  }
});

Deno.test("Arena stays within a few times of the longest texts when all grow through all sizes", () => {
  const arena = new Arena();
  const count = 1_000;
  let addresses = Array.from({ length: count }, () => arena.allocate(1));
  for (let length = 17; length <= LONGEST_BYTES; length += 16) {
    addresses = addresses.map((address) => {
      arena.free(address, length - 16);
      return arena.allocate(length);
    });
  }
  assert(arena.byteLength < 10 * count * LONGEST_BYTES, `${arena.byteLength} bytes`);
});
