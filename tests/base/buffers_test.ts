import { assertEquals } from "@std/assert";
import { enlarged, joined, lengthFor, release } from "../../src/base/buffers.ts";

Deno.test("enlarged() keeps the values and the type, and fills what is new", () => {
  const doubles = enlarged(new Float64Array([0.5, NaN]), 4);
  assertEquals(doubles, new Float64Array([0.5, NaN, 0, 0]));
  const words = enlarged(new Uint32Array([1, 2]), 4, 0xffff_ffff);
  assertEquals(words, new Uint32Array([1, 2, 0xffff_ffff, 0xffff_ffff]));
  assertEquals(enlarged(new Uint8Array(0), 2), new Uint8Array(2));
  assertEquals(enlarged(new Float32Array([1]), 2, NaN), new Float32Array([1, NaN]));
  assertEquals(enlarged(new Uint16Array([1, 2]), 2), new Uint16Array([1, 2]));
});

Deno.test("enlarged() and release() give the old memory back at once", () => {
  const old = new Uint8Array(16);
  const view = old.subarray(4);
  enlarged(old, 32);
  assertEquals({
    oldLength: old.length,
    viewLength: view.length,
    bufferDetached: old.buffer.detached,
  }, { oldLength: 0, viewLength: 0, bufferDetached: true });
  const done = new Float64Array(16);
  release(done);
  assertEquals({ length: done.length, detached: done.buffer.detached }, {
    length: 0,
    detached: true,
  });
});

Deno.test("lengthFor() is the power of two that holds an item", () => {
  const table = [[0, 1], [1, 2], [2, 4], [3, 4], [4, 8], [1023, 1024], [1024, 2048]] as const;
  for (const [index, length] of table) assertEquals(lengthFor(index), length, String(index));
  for (let power = 1; power < 32; power++) {
    assertEquals(lengthFor(2 ** power - 1), 2 ** power);
    assertEquals(lengthFor(2 ** power), 2 ** (power + 1));
  }
});

Deno.test("joined() puts bytes one after the other", () => {
  assertEquals(joined(), new Uint8Array(0));
  const parts = [[1, 2], [], [3]].map((it) => new Uint8Array(it));
  assertEquals(joined(...parts), new Uint8Array([1, 2, 3]));
});
