// Advice about the links of a herd: what an update costs in copies, which link it lacks, and which one
// costs more than it gives.

import { cutPoints, diameter, type Graph, withLink, withoutLink } from "./graph.ts";
import type { Link } from "./topology.ts";

/** Lines between servers for one update. */
export interface Copies {
  /** Each server is sent it once. */
  readonly least: number;
  /** Each server sends it to all its neighbours but the one that it came from. */
  readonly most: number;
}

/** A link to add or to drop. */
export interface Advice {
  readonly link: Link;
  /** Single points of failure after that. */
  readonly cutPoints: number;
  /** The diameter after that. */
  readonly hops: number;
}

/** The copies of an update in a herd that is connected: N - 1 to 2E - (N - 1). */
export function copiesOf({ servers, links }: Graph): Copies {
  const least = servers.size - 1;
  return { least, most: 2 * links.length - least };
}

/** The link that leaves the fewest single points of failure, then the least diameter; undefined if none helps. */
export function linkToAdd(graph: Graph): Advice | undefined {
  const before = numberOfCutPoints(graph);
  if (before === 0) return undefined;
  const names = [...graph.servers.keys()];
  const missing = names.flatMap((one, index) => {
    const near = new Set(graph.neighbours(one));
    return names.slice(index + 1).filter((it) => !near.has(it)).map((other): Link => [one, other]);
  });
  return best(missing.map((link) => rate(withLink(graph, link), link)), before - 1);
}

/** A link without which no server or link is a single point of failure, and no way longer; undefined if each counts. */
export function linkToDrop(graph: Graph): Advice | undefined {
  if (numberOfCutPoints(graph) > 0) return undefined;
  const hops = diameter(graph);
  const rated = graph.links.map((link) => rate(withoutLink(graph, link), link));
  return best(rated.filter((it) => it.hops <= hops), 0);
}

function rate(graph: Graph, link: Link): Advice {
  return { link, cutPoints: numberOfCutPoints(graph), hops: diameter(graph) };
}

function best(rated: readonly Advice[], mostCutPoints: number): Advice | undefined {
  return rated.filter((it) => it.cutPoints <= mostCutPoints)
    .toSorted((one, other) => one.cutPoints - other.cutPoints || one.hops - other.hops)[0];
}

function numberOfCutPoints(graph: Graph): number {
  const { servers, links } = cutPoints(graph);
  return servers.length + links.length;
}
