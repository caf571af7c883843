// The index of ids against a plain map, with hashes that collide as real ones hardly ever do.

import { assertEquals } from "@std/assert";
import fc from "../support/properties.ts";
import { hashBytes, IdIndex } from "../../src/store/id_index.ts";

/** An index whose records are numbers, and what it should have in it. */
class Checked {
  readonly #hashes = new Map<number, number>();
  readonly #index = new IdIndex((record) => this.#hashes.get(record)!);

  get size(): number {
    return this.#hashes.size;
  }

  add(record: number, hash: number): void {
    this.#hashes.set(record, hash);
    this.#index.add(hash, record);
  }

  remove(record: number): void {
    this.#index.remove(this.#hashes.get(record)!, record);
    this.#hashes.delete(record);
  }

  /** Removes one of those that are in it, if there are any. */
  removeOne(choice: number): number | undefined {
    const record = [...this.#hashes.keys()][choice % this.size];
    if (record !== undefined) this.remove(record);
    return record;
  }

  /** Looks for all that is in it, and for a record that is not. */
  check(absent: number | undefined): void {
    const missing = [...this.#hashes].filter(([record, hash]) =>
      this.#index.find(hash, (it) => it === record) !== record
    );
    assertEquals(missing, [], "records that are in the index and are not found");
    for (const hash of new Set(this.#hashes.values())) {
      assertEquals(this.#index.find(hash, (it) => it === absent), 0, "a record that was removed");
    }
  }
}

/** Hashes of one table: some equal, some beside each other, some around the end of the slots. */
const crowdedHash = fc.constantFrom(0, 1, 2, 13, 14, 15, 16, 17, 30, 31, 0xffffff, 0xfffffe);

const step = fc.oneof(
  fc.record({ adds: crowdedHash }),
  fc.record({ removes: fc.nat() }),
);

// A search that finds no end is a mistake too.
const bounded = { timeout: 20_000 };

Deno.test(
  "IdIndex finds what is in it and nothing else, whatever was added and removed",
  bounded,
  () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const index = new Checked();
        let record = 0;
        for (const it of steps) {
          if ("adds" in it) {
            index.add(++record, it.adds);
            index.check(undefined);
          } else index.check(index.removeOne(it.removes));
        }
      }),
      { numRuns: 300 },
    );
  },
);

Deno.test("IdIndex finds 20,000 ids after as many removals as additions", bounded, () => {
  const index = new Checked();
  let random = 1;
  const next = () => (random = Math.imul(random, 1_103_515_245) + 12_345 >>> 0) >>> 4;
  // Of 28 bits, so that all are in the first sixteen tables and these grow.
  const hashes = new Map<number, number>();
  for (let record = 1; record <= 20_000; record++) {
    hashes.set(record, next());
    index.add(record, hashes.get(record)!);
  }
  for (let round = 0; round < 20_000; round++) {
    const record = 1 + next() % 20_000;
    index.remove(record);
    index.add(record, next());
  }
  assertEquals(index.size, 20_000);
  index.check(undefined);
});

Deno.test("IdIndex does not grow while as much is removed as is added", bounded, () => {
  let lookedAt = 0;
  // Each has slots of its own, so that only growing looks at the hashes of others.
  const index = new IdIndex((record) => {
    lookedAt++;
    return record * 3;
  });
  for (const record of [1, 2, 3]) index.add(record * 3, record);
  for (let round = 0; round < 1_000; round++) {
    index.add(12, 4);
    index.remove(12, 4);
  }
  assertEquals(lookedAt, 0);
});

Deno.test("hashBytes() is that of the bytes between, and another one with another seed", () => {
  const bytes = new TextEncoder().encode("kiwi.kiwi");
  assertEquals(hashBytes(bytes, 0, 4, 1), hashBytes(bytes, 5, 9, 1));
  const all = [
    hashBytes(bytes, 0, 4, 1),
    hashBytes(bytes, 0, 4, 2),
    hashBytes(bytes, 0, 3, 1),
    hashBytes(bytes, 1, 5, 1),
  ];
  assertEquals(new Set(all).size, all.length, all.join());
});
