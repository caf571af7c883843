import { assert, assertEquals } from "@std/assert";
import { PositionAges } from "../../../src/server/readers/position_ages.ts";

Deno.test("PositionAges.secondsBehind() counts from the look before the first change missed", () => {
  const ages = new PositionAges(10, 0);
  ages.look(10, 1_000);
  ages.look(20, 2_000);
  ages.look(30, 3_000);
  ages.look(30, 9_000);
  assertEquals(ages.secondsBehind(30, 10_000), 0);
  assertEquals(ages.secondsBehind(29, 10_000), 8);
  assertEquals(ages.secondsBehind(20, 10_000), 8);
  assertEquals(ages.secondsBehind(19, 10_000), 9);
  assertEquals(ages.secondsBehind(10, 10_000), 9);
  assertEquals(ages.secondsBehind(0, 10_000), 9);
});

Deno.test("PositionAges.secondsBehind() stays close for what is recent, after many looks", () => {
  const ages = new PositionAges(0, 0);
  for (let second = 1; second <= 100_000; second++) {
    ages.look(second, second * 1000);
    if (second < 99_000) continue;
    for (const behind of [1, 10, 100, 200]) {
      assertEquals(ages.secondsBehind(second - behind, second * 1000), behind);
    }
  }
  const nowMs = 100_000_000;
  for (const behind of [1_000, 10_000, 90_000]) {
    const seconds = ages.secondsBehind(100_000 - behind, nowMs);
    assert(seconds >= behind && seconds <= 100_000, `${seconds} s behind by ${behind}`);
  }
});
