import { assertEquals } from "@std/assert";
import { crowdedOut } from "../../src/flood/crowd.ts";

Deno.test("crowdedOut() is the oldest of the network that has the most", () => {
  const table: [networks: string, member: number | undefined][] = [
    ["", undefined],
    ["a", 0],
    ["ab", 0],
    ["abb", 1],
    ["abcbcb", 1],
    ["aabb", 0],
    ["bbaaab", 0],
    ["bbaaaa", 2],
  ];
  for (const [networks, member] of table) {
    assertEquals(crowdedOut(new Map([...networks].map((it, i) => [i, it]))), member, networks);
  }
});
