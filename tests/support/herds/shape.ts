// The shape of a test's herd: which servers there are, on free ports, and which are linked.

import { parseTopology, type Topology } from "../../../src/topology/topology.ts";
import { freePort } from "../processes/ports.ts";

/** Pairs of servers with a link between them. */
export type HerdLinks = readonly (readonly [string, string])[];

/** The example herd's links. */
export const EXAMPLE_LINKS: HerdLinks = [
  ["Goloman", "Hands"],
  ["Goloman", "Holiday"],
  ["Goloman", "Wilkes"],
  ["Hands", "Wilkes"],
  ["Holiday", "Welsh"],
  ["Holiday", "Wilkes"],
];

/** A chain of three servers. */
export const CHAIN: HerdLinks = [["A", "B"], ["B", "C"]];

/** Links that make a chain of servers, in their order. */
export function chainOf(names: readonly string[]): HerdLinks {
  return names.slice(1).map((name, index) => [names[index]!, name]);
}

/** A server as a topology has it. */
export interface ServerEntry {
  readonly host: string;
  readonly port: number;
  readonly http?: number;
  readonly link?: number;
  readonly location?: string;
}

/** What a topology is made of; the example herd when nothing is given. */
export interface HerdShape {
  /** The example herd's when left out, and none if `lone` is given. */
  readonly links?: HerdLinks;
  /** Servers without links. */
  readonly lone?: readonly string[];
  /** Servers with an HTTP port: all, or those named; none when left out. */
  readonly http?: true | readonly string[];
  /** Where on earth servers are, by name. */
  readonly locations?: Readonly<Record<string, string>>;
  /** TLS for links, clients and HTTP. */
  readonly hasTls?: boolean;
  /** What the topology has of a backbone. */
  readonly backbone?: unknown;
}

/** A topology, as text too. */
export interface ShapedHerd {
  readonly servers: Readonly<Record<string, ServerEntry>>;
  readonly text: string;
  readonly topology: Topology;
}

/** Makes the topology of a herd. */
export function shapeHerd(shape: HerdShape = {}): ShapedHerd {
  const { lone = [], http = [], locations = {}, hasTls = false, backbone } = shape;
  const { links = lone.length > 0 ? [] : EXAMPLE_LINKS } = shape;
  const names = [...new Set([...links.flat(), ...lone])].sort();
  const servers = Object.fromEntries(
    names.map((name): [string, ServerEntry] => [name, {
      host: "127.0.0.1",
      port: freePort(),
      ...(http === true || http.includes(name)) && { http: freePort() },
      ...hasTls && { link: freePort() },
      ...locations[name] !== undefined && { location: locations[name] },
    }]),
  );
  const tls = hasTls ? { clients: true, http: true } : undefined;
  const text = JSON.stringify({ herd: "test", tls, backbone, servers, links });
  return { servers, text, topology: parseTopology(text) };
}
