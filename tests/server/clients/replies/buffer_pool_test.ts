import { assertEquals, assertNotStrictEquals, assertStrictEquals } from "@std/assert";
import { BufferPool, NO_BUFFER } from "../../../../src/server/clients/replies/buffer_pool.ts";

Deno.test("BufferPool gives buffers again, and keeps no more than it may", () => {
  const pool = new BufferPool(16, 2);
  const [a, b, c] = [pool.take(), pool.take(), pool.take()];
  assertEquals({ length: a.length, size: new Set([a, b, c]).size }, { length: 16, size: 3 });
  for (const buffer of [a, b, c]) pool.give(buffer);
  assertStrictEquals(pool.take(), b);
  assertStrictEquals(pool.take(), a);
  assertNotStrictEquals(pool.take(), c);
});

Deno.test("BufferPool keeps only what is its own", () => {
  const pool = new BufferPool(16, 2);
  for (const stranger of [NO_BUFFER, new Uint8Array(32)]) pool.give(stranger);
  assertEquals(pool.take().length, 16);
});
