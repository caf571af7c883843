// `herd check`: whether a topology is one, and what its graph means for the herd.

import { formatAddress } from "../../base/address.ts";
import {
  BACKBONE_NODE,
  components,
  cutPoints,
  diameter,
  type Graph,
  graphOf,
  withoutLink,
  withoutServer,
} from "../../topology/graph.ts";
import { copiesOf, linkToAdd, linkToDrop } from "../../topology/advice.ts";
import type { BackboneEntry } from "../../topology/backbone_entry.ts";
import { readTopology, type Topology } from "../../topology/topology.ts";
import { certificateWarnings } from "../certs/certificate_warnings.ts";
import { command } from "../command/definition.ts";
import type { Output } from "../command/context.ts";
import { dim, green, yellow } from "../command/style.ts";
import { TOPOLOGY_OPTION } from "../command/topology_option.ts";

/** A herd with more servers than this is described without the list of them. */
const MAX_LISTED = 50;

/** And one with more than this without advice: each link is tried, which takes half a second in a full mesh. */
const MAX_ADVISED = 30;

/** More names in a warning, or warnings of a kind, than this are counted and not named. */
const MAX_NAMED = 8;

/** `herd check`. */
export default command({
  name: "check",
  summary: "Check a topology and describe its graph",
  details: [
    "Refuses names that are unknown, links that are doubled or lead from a server to itself, two " +
    "servers on one address, and anything that is no topology, with the path and the value of " +
    "each. Warns of servers that are not connected and of single points of failure: servers and " +
    "links that, lost, take a part of the herd away from the rest.",
    "Says how many lines between servers one update costs: at least, and with all that arrives twice. " +
    "Names the link that would leave the fewest single points of failure, or one that can go without " +
    "any harm.",
    "A backbone counts as one more server, which those on it are linked with.",
    "In a herd with TLS it warns of certificates on this machine that neighbours refuse, or soon " +
    "will.",
    "A link is a pair of names and serves both ways, so there are no one-sided ones.",
    "The exit status is 0 when the herd can be run, warnings or not, and 2 when it cannot.",
  ],
  options: { topology: TOPOLOGY_OPTION },
  examples: { "check --topology big.json": "Check another herd than ./topology.json" },
  async run({ topology: file }, { stdout }) {
    const topology = await readTopology(file);
    const certificates = await certificateWarnings(topology);
    const lines = [...describe(topology, certificates, stdout)];
    stdout.write(lines.map((line) => `${line}\n`).join(""));
    return 0;
  },
});

function* describe(
  topology: Topology,
  certificates: readonly string[],
  output: Output,
): Generator<string> {
  const { herd, servers, links } = topology;
  yield `Herd '${herd}': ${count(servers.size, "server")}, ${count(links.length, "link")}`;
  if (servers.size <= MAX_LISTED) {
    yield "";
    yield* serverTable(topology, output);
  }
  const graph = graphOf(topology);
  const parts = components(graph);
  yield "";
  yield* graphFacts(topology, graph, parts.length);
  const warnings = [...partWarnings(parts), ...failureWarnings(graph)];
  yield "";
  for (const warning of [...warnings, ...pathWarnings(topology), ...certificates]) {
    yield `${yellow("Warning:", output)} ${warning}`;
  }
  if (warnings.length === 0) yield green("The herd stays whole whichever server it loses", output);
  if (parts.length === 1 && servers.size <= MAX_ADVISED && topology.backbone === undefined) {
    for (const line of advice(graph)) yield* ["", line];
  }
}

function* serverTable(topology: Topology, output: Output): Generator<string> {
  const withLinks = topology.tls !== undefined;
  const rows = [...topology.servers.values()].map(({ name, host, port, link, http }) => [
    name,
    formatAddress(host, port),
    ...withLinks ? [String(link)] : [],
    http === undefined ? "-" : String(http),
    topology.neighbours(name).join(" ") || "-",
  ]);
  const header = ["SERVER", "ADDRESS", ...withLinks ? ["LINKS"] : [], "HTTP", "NEIGHBOURS"];
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map((row) => row[column]!.length))
  );
  const line = (cells: readonly string[]) =>
    cells.map((cell, column) => cell.padEnd(widths[column]!)).join("  ").trimEnd();
  yield dim(line(header), output);
  for (const row of rows) yield line(row);
}

function* graphFacts(topology: Topology, graph: Graph, parts: number): Generator<string> {
  const degrees = [...topology.servers.keys()].map((name) => topology.neighbours(name).length);
  const average = 2 * topology.links.length / topology.servers.size;
  yield `Connected   ${parts === 1 ? "yes" : `no, ${parts} parts`}`;
  yield `Diameter    ${count(diameter(graph), "hop")}`;
  yield `Neighbours  ${Math.min(...degrees)} to ${Math.max(...degrees)}, ` +
    `${average.toFixed(1)} on average`;
  if (parts === 1 && topology.backbone === undefined) {
    const { least, most } = copiesOf(graph);
    yield `Copies      ${least === most ? least : `${least} to ${most}`} of each update`;
  }
  const { tls, isLoopback } = topology;
  const needsSecret = topology.links.length > 0 && !isLoopback && tls === undefined;
  yield `Loopback    ${isLoopback ? "yes" : "no"}, links need ${needsSecret ? "a" : "no"} secret`;
  if (tls !== undefined) {
    const users = ["links", ...tls.clients ? ["clients"] : [], ...tls.http ? ["HTTP"] : []];
    yield `TLS         ${users.join(", ").replace(/, (?=[^,]*$)/, " and ")}`;
  }
  if (topology.backbone !== undefined) yield `Backbone    ${backboneFact(topology.backbone)}`;
}

/** A link that the herd lacks, or one that it could do without. */
function* advice(graph: Graph): Generator<string> {
  const added = linkToAdd(graph);
  if (added !== undefined) {
    const left = added.cutPoints === 0 ? "none of them" : `${added.cutPoints} of them`;
    yield `A link ${
      added.link.join("-")
    } would leave ${left}, for up to 2 more copies of each update`;
  }
  const dropped = linkToDrop(graph);
  if (dropped !== undefined) {
    yield `The link ${
      dropped.link.join("-")
    } can go: the herd stays whole, no way gets longer, and ` +
      "each update has up to 2 copies less";
  }
}

function backboneFact({ nats, servers }: BackboneEntry): string {
  const addresses = nats.map((it) => formatAddress(it.host, it.port)).join(" ");
  return `NATS at ${addresses}; on it ${servers === undefined ? "all" : servers.join(" ")}`;
}

/** Warnings of what others on the path may do. */
function* pathWarnings({ backbone }: Topology): Generator<string> {
  if (backbone === undefined || backbone.isLoopback || backbone.isTls) return;
  yield "whoever is on the path to NATS can read and alter what servers tell each other, unless " +
    "NATS asks for TLS: 'tls://' in place of 'nats://' insists on it";
}

/** Parts of the herd that never hear of each other. */
function* partWarnings(parts: readonly string[][]): Generator<string> {
  if (parts.length === 1) return;
  const rest = parts.slice(1);
  for (const part of rest.slice(0, MAX_NAMED)) {
    yield `${clause(part)} not connected with the rest of the herd`;
  }
  const more = rest.length - MAX_NAMED;
  if (more > 0) yield `${more} more parts are not connected with the rest of the herd`;
}

/** Parts that the loss of one server or one link would cut off. */
function* failureWarnings(graph: Graph): Generator<string> {
  const { servers, links } = cutPoints(graph);
  // A server reaches any server of NATS: what it has with the backbone is no one wire.
  const wires = links.filter((it) => !it.includes(BACKBONE_NODE));
  const losses = [
    ...servers.map((it) => ({ lost: it, left: () => withoutServer(graph, it) })),
    ...wires.map((it) => ({
      lost: `the link ${it.join("-")}`,
      left: () => withoutLink(graph, it),
    })),
  ];
  const before = new Set(components(graph).map(String));
  for (const { lost, left } of losses.slice(0, MAX_NAMED)) {
    const pieces = components(left()).filter((part) => !before.has(String(part)));
    yield `without ${lost}, ${clause(pieces.slice(1).flat())} cut off from the rest`;
  }
  const more = losses.length - MAX_NAMED;
  if (more > 0) yield `${more} more servers and links are single points of failure`;
}

/** The first few of the names, how many there are besides, and the verb. */
function clause(list: readonly string[]): string {
  if (list.length === 1) return `${list[0]} is`;
  const more = list.length - MAX_NAMED;
  if (more > 0) return `${list.slice(0, MAX_NAMED).join(", ")} and ${more} more are`;
  return `${list.slice(0, -1).join(", ")} and ${list.at(-1)} are`;
}

function count(number: number, noun: string): string {
  return `${number} ${noun}${number === 1 ? "" : "s"}`;
}
