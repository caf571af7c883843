import { assertEquals } from "@std/assert";
import { degrees, metres } from "../../../src/places/upstream/decimal.ts";

Deno.test("degrees() writes seven digits at most, and no exponent", () => {
  const cases = [
    [34.06893, "34.06893"],
    [-118.445127, "-118.445127"],
    [0, "0"],
    [-0, "0"],
    [-1e-9, "0"],
    [1e-7, "0.0000001"],
    [100, "100"],
    [-180, "-180"],
    [1 / 3, "0.3333333"],
  ] as const;
  for (const [value, text] of cases) assertEquals(degrees(value), text);
});

Deno.test("metres() raises a radius to the least that upstreams take", () => {
  const cases = [[0, "1"], [0.5, "1"], [1, "1"], [100.00000000000001, "100"], [1.25, "1.25"], [
    50_000,
    "50000",
  ]] as const;
  for (const [value, text] of cases) assertEquals(metres(value), text);
});
