import { assert, assertEquals } from "@std/assert";
import { World } from "../simulation/world/world.ts";
import { diameterOf, distances, edgesOf, floodingLines, type Graph, randomGraph } from "./graph.ts";

/** Servers in a ring, 1 ms apart but for the first and the last. */
const ring: Graph = [0, 1, 2, 3, 4].map((it) => [
  { server: (it + 1) % 5, delayMs: it === 4 ? 9 : 1 },
  { server: (it + 4) % 5, delayMs: it === 0 ? 9 : 1 },
]);

Deno.test("edgesOf(), floodingLines() and diameterOf() count a ring", () => {
  assertEquals(edgesOf(ring), 5);
  // Both ways round until they meet: four servers are told, and two cross on the way.
  assertEquals(floodingLines(ring), 6);
  assertEquals(diameterOf(ring), 2);
});

Deno.test("distances() goes the shortest way, not that of the fewest hops", () => {
  assertEquals(distances(ring, 0, ({ delayMs }) => delayMs), [0, 1, 2, 3, 4]);
  assertEquals(distances(ring, 0, () => 1), [0, 1, 2, 2, 1]);
});

Deno.test("randomGraph() connects all, and gives each server 4 to 6 neighbours", () => {
  for (const size of [5, 6, 7, 50, 200]) {
    const graph = randomGraph(new World(size), size, { minMs: 5, maxMs: 15 });
    assert(distances(graph, 0, () => 1).every(Number.isFinite));
    graph.forEach((neighbours, server) => {
      const others = new Set(neighbours.map((it) => it.server)).difference(new Set([server]));
      assertEquals(others.size, neighbours.length);
      assert(others.size >= 4 && others.size <= 6, `${others.size} neighbours of ${size}`);
      for (const { server: other, delayMs } of neighbours) {
        assert(delayMs >= 5 && delayMs <= 15);
        assertEquals(graph[other]!.filter((it) => it.server === server), [{ server, delayMs }]);
      }
    });
  }
});
