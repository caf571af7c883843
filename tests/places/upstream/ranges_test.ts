import { assertEquals } from "@std/assert";
import { isBounded, MAX_JSON_DEPTH } from "../../../src/places/upstream/ranges.ts";

Deno.test("isBounded() refuses numbers that are none, and nesting without end", () => {
  const nested = (depth: number) => JSON.parse("[".repeat(depth) + "1" + "]".repeat(depth));
  const bounded = [{}, null, { a: [1, -0, 1e308, "1e999"] }, nested(MAX_JSON_DEPTH)];
  for (const it of bounded) assertEquals(isBounded(it), true, JSON.stringify(it));
  const unbounded = [
    JSON.parse("1e999"),
    JSON.parse('{"a": {"b": [-1e999]}}'),
    nested(MAX_JSON_DEPTH + 1),
    nested(5_000),
  ];
  for (const it of unbounded) assertEquals(isBounded(it), false);
});
