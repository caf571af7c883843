// Random connected graphs of servers, and what they tell without running anything: how far apart
// servers are, and what flooding and a spanning tree would cost.

import type { World } from "../simulation/world/world.ts";

/** How many neighbours a server has. */
export const MIN_DEGREE = 4;
export const MAX_DEGREE = 6;

/** How long bytes are under way between two neighbours. */
export interface Delays {
  readonly minMs: number;
  readonly maxMs: number;
}

/** The other end of an edge, and how far it is. */
export interface Neighbour {
  readonly server: number;
  readonly delayMs: number;
}

/** A graph over the servers 0, 1, 2, ...: the neighbours of each. */
export type Graph = readonly (readonly Neighbour[])[];

/**
 * A ring, which connects it, and random edges until each server has 4 to 6 neighbours. Delays are
 * drawn once for each edge, both ways alike.
 */
export function randomGraph(world: World, size: number, { minMs, maxMs }: Delays): Graph {
  const graph: Neighbour[][] = Array.from({ length: size }, () => []);
  const hasRoom = (one: number) => graph[one]!.length < MAX_DEGREE;
  const areNeighbours = (one: number, other: number) =>
    graph[one]!.some(({ server }) => server === other);
  const connect = (one: number, other: number) => {
    const delayMs = exact(minMs + world.random() * (maxMs - minMs));
    graph[one]!.push({ server: other, delayMs });
    graph[other]!.push({ server: one, delayMs });
  };
  for (let i = 0; i < size; i++) connect(i, (i + 1) % size);
  for (let one = 0; one < size; one++) {
    const wanted = MIN_DEGREE + world.below(MAX_DEGREE - MIN_DEGREE + 1);
    while (graph[one]!.length < wanted) {
      const others = graph.keys().toArray()
        .filter((it) => it !== one && hasRoom(it) && !areNeighbours(one, it));
      if (others.length === 0) break;
      connect(one, world.pick(others));
    }
  }
  return graph;
}

/**
 * A time as a multiple of 1/1024 ms: sums of such times are exact. With others a timer's rest may be
 * less than the present time can grow by, and virtual time would stand still.
 */
export function exact(ms: number): number {
  return Math.round(ms * 1024) / 1024;
}

/** The number of edges. */
export function edgesOf(graph: Graph): number {
  return graph.reduce((sum, neighbours) => sum + neighbours.length, 0) / 2;
}

/**
 * AT lines for one update by plain flooding: the first server tells all neighbours, each other one
 * all but the neighbour that told it.
 */
export function floodingLines(graph: Graph): number {
  return 2 * edgesOf(graph) - (graph.length - 1);
}

/** The most hops that are needed from any server to any other. */
export function diameterOf(graph: Graph): number {
  return Math.max(...graph.keys().map((from) => Math.max(...distances(graph, from, () => 1))));
}

/** The length of the shortest way from one server to each, as `lengthOf` measures edges. */
export function distances(
  graph: Graph,
  from: number,
  lengthOf: (edge: Neighbour) => number,
): number[] {
  const lengths: number[] = Array(graph.length).fill(Infinity);
  lengths[from] = 0;
  // A queue that takes a server again whenever a shorter way to it was found (Bellman and Ford).
  const queue = [from];
  for (let server = queue.shift(); server !== undefined; server = queue.shift()) {
    for (const edge of graph[server]!) {
      const length = lengths[server]! + lengthOf(edge);
      if (length >= lengths[edge.server]!) continue;
      lengths[edge.server] = length;
      queue.push(edge.server);
    }
  }
  return lengths;
}
