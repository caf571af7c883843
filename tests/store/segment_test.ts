import { assert, assertEquals } from "@std/assert";
import { restoreSegment, SegmentWriter, summaryOf } from "../../src/store/segment.ts";
import { Store } from "../../src/store/store.ts";
import { tell } from "../support/herds/records.ts";

const RECORDS = 3_000;

function storeOf(texts: Iterable<string>): Store {
  const store = new Store("f".repeat(32), 1);
  for (const text of texts) tell(store, text);
  return store;
}

Deno.test("SegmentWriter writes bodies of any size, and restoreSegment() reads them back", () => {
  // Some 3 MB of bodies, more than the writer begins with, and more records.
  const long = "x".repeat(1_000);
  const store = storeOf(
    Array.from({ length: RECORDS }, (_, i) => `${long}${i} +1+1 ${i + 1}`),
  );
  const writer = new SegmentWriter(store);
  // Twice: the writer keeps its memory.
  for (let i = 0; i < 2; i++) {
    using reader = store.feed.readFrom(0);
    const segment = writer.write(reader, 1, store.feed.end, RECORDS);
    assertEquals(summaryOf(segment), { first: 1, last: RECORDS, count: RECORDS });
    assert(segment.bodies.length > 3e6, `${segment.bodies.length} bytes`);
    const again = new Store("e".repeat(32), 2, { start: RECORDS });
    assertEquals(restoreSegment(again, segment), true);
    assertEquals(again.records, RECORDS);
  }
});

Deno.test("SegmentWriter stops at its limit and at the last position, and says where it came to", () => {
  const store = storeOf(["a +1+1 1", "b +1+1 1", "c +1+1 1"]);
  const writer = new SegmentWriter(store);
  const written = (last: number, limit: number) => {
    using reader = store.feed.readFrom(0);
    const { positions, ...segment } = writer.write(reader, 1, last, limit);
    return { last: segment.last, positions: [...positions] };
  };
  assertEquals(written(3, 2), { last: 2, positions: [1, 2] });
  assertEquals(written(2, 9), { last: 2, positions: [1, 2] });
  assertEquals(written(9, 9), { last: 9, positions: [1, 2, 3] });
});

Deno.test("restoreSegment() refuses bodies that are not as many as positions", () => {
  const store = storeOf(["a +1+1 1", "b +1+1 1"]);
  using reader = store.feed.readFrom(0);
  const segment = new SegmentWriter(store).write(reader, 1, 2, 2);
  const restored = (change: Partial<typeof segment>) =>
    restoreSegment(new Store("e".repeat(32), 2, { start: 9 }), { ...segment, ...change });
  assertEquals(restored({}), true);
  assertEquals(restored({ positions: segment.positions.slice(0, 1) }), false);
  assertEquals(restored({ positions: new Float64Array([1, 2, 3]) }), false);
  assertEquals(restored({ bodies: segment.bodies.slice(0, -1) }), false);
});
