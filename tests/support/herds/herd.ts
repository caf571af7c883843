// A herd in this process, on free ports, as a value: `await using herd = await startHerd(...)`.

import { type HerdNode, type NodeOptions, startNode } from "../../../src/server/node.ts";
import { silentLog } from "../../../src/base/log.ts";
import type { NearbyResponse, PlacesProvider } from "../../../src/places/provider.ts";
import { freePort } from "../processes/ports.ts";

/** The example herd's links. */
export const EXAMPLE_LINKS: readonly (readonly [string, string])[] = [
  ["Goloman", "Hands"],
  ["Goloman", "Holiday"],
  ["Goloman", "Wilkes"],
  ["Hands", "Wilkes"],
  ["Holiday", "Welsh"],
  ["Holiday", "Wilkes"],
];

/** A provider that gives what a function says. */
export function placesOf(nearby: PlacesProvider["nearby"]): PlacesProvider {
  return { name: "test", nearby, [Symbol.dispose]() {} };
}

/** A response with no places. */
export const NO_PLACES: NearbyResponse = {
  html_attributions: [],
  results: [],
  status: "ZERO_RESULTS",
};

/** Options of one server that has no neighbours. */
export function loneOptions(more: Partial<NodeOptions> = {}): NodeOptions {
  return {
    herd: "test",
    name: "Goloman",
    address: { hostname: "127.0.0.1", port: 0 },
    neighbours: new Map(),
    places: placesOf(() => NO_PLACES),
    log: silentLog,
    ...more,
  };
}

/** Servers of a herd in this process. */
export interface TestHerd extends AsyncDisposable {
  node(name: string): HerdNode;
  /** Stops a server; `start` begins it anew, with nothing in memory. */
  stop(name: string): Promise<void>;
  start(name: string): void;
}

/** Starts all servers that the links name. */
export function startHerd(
  links: readonly (readonly [string, string])[] = EXAMPLE_LINKS,
  more: Partial<NodeOptions> = {},
): TestHerd {
  const names = [...new Set(links.flat())].sort();
  const ports = new Map(names.map((name) => [name, freePort()]));
  const address = (name: string) => ({ hostname: "127.0.0.1", port: ports.get(name)! });
  const nodes = new Map<string, HerdNode>();
  const start = (name: string) => {
    const neighbours = links.filter((it) => it.includes(name))
      .map(([a, b]) => a === name ? b : a);
    nodes.set(
      name,
      startNode(loneOptions({
        name,
        address: address(name),
        neighbours: new Map(neighbours.map((it) => [it, address(it)])),
        ...more,
      })),
    );
  };
  names.forEach(start);
  return {
    node: (name) => nodes.get(name)!,
    stop: (name) => nodes.get(name)!.stop(),
    start,
    async [Symbol.asyncDispose]() {
      await Promise.all([...nodes.values()].map((it) => it.stop()));
    },
  };
}
