// What is measured of a large herd, beside what its graph says.

import { World } from "../simulation/world/world.ts";
import {
  type Delays,
  diameterOf,
  distances,
  edgesOf,
  exact,
  floodingLines,
  type Neighbour,
  randomGraph,
} from "./graph.ts";
import { LargeHerd } from "./herd.ts";
import { TURN_MS } from "./wire.ts";

/** Updates that are told one at a time. */
const ALONE = 5;
/** Updates that are told all over the herd within `CROWD_MS`. */
const CROWD = 100;
const CROWD_MS = 100;
/** Updates that are told to another server while one is cut off. */
const MISSED = 500;
/** By then everybody has heard of everything; less than a heartbeat. */
const QUIET_MS = 900;

/** What was found of one herd. Lines are AT lines from server to server, for each update. */
export interface Findings {
  readonly servers: number;
  readonly edges: number;
  /** Hops between the two servers that are farthest from each other. */
  readonly diameter: number;
  readonly floodingLines: number;
  readonly treeLines: number;
  /** Of updates told one at a time, and of many in flight together. */
  readonly linesAlone: number;
  readonly linesInCrowd: number;
  /** From an update's arrival at its first server to that at its last one: the longest of some. */
  readonly lastMs: number;
  /** The same by the shortest way, counting the wires alone, and with a turn of each server. */
  readonly wiresMs: number;
  readonly boundMs: number;
  /** What a server missed while it was cut off, as AT lines, and what it received on its return. */
  readonly missedBytes: number;
  readonly caughtUpBytes: number;
  /** How many neighbours it caught up with. */
  readonly links: number;
}

/** Measures a herd of this size over wires with such delays. The same seed gives the same findings. */
export async function measure(size: number, delays: Delays, seed: number): Promise<Findings> {
  const world = new World(seed);
  const graph = randomGraph(world, size, delays);
  const herd = new LargeHerd(world, graph);
  await herd.start();
  const alone = await measureAlone(herd);
  const linesInCrowd = await measureCrowd(herd);
  const absence = await measureAbsence(herd);
  await herd.stop();
  return {
    servers: size,
    edges: edgesOf(graph),
    diameter: diameterOf(graph),
    floodingLines: floodingLines(graph),
    treeLines: size - 1,
    ...alone,
    linesInCrowd,
    ...absence,
  };
}

/** Tells updates one after the other, each when everybody has the one before. */
async function measureAlone(herd: LargeHerd) {
  const { world, graph } = herd;
  const before = herd.received();
  let lastMs = 0, wiresMs = 0, boundMs = 0;
  for (let i = 0; i < ALONE; i++) {
    const from = world.below(graph.length);
    const farthest = (lengthOf: (edge: Neighbour) => number) =>
      Math.max(...distances(graph, from, lengthOf));
    const toldMs = world.nowMs;
    herd.onNextChanges(() => lastMs = Math.max(lastMs, world.nowMs - toldMs));
    herd.tell(from, `alone-${i}`);
    await world.run(QUIET_MS);
    wiresMs = Math.max(wiresMs, farthest(({ delayMs }) => delayMs));
    boundMs = Math.max(boundMs, farthest(({ delayMs }) => delayMs + TURN_MS));
  }
  expectAgreement(herd);
  return { linesAlone: (herd.received().lines - before.lines) / ALONE, lastMs, wiresMs, boundMs };
}

async function measureCrowd(herd: LargeHerd): Promise<number> {
  const { world, graph } = herd;
  const before = herd.received();
  for (let i = 0; i < CROWD; i++) {
    world.after(
      exact(world.random() * CROWD_MS),
      () => herd.tell(world.below(graph.length), `crowd-${i}`),
    );
  }
  await world.run(CROWD_MS + QUIET_MS);
  expectAgreement(herd);
  return (herd.received().lines - before.lines) / CROWD;
}

/** Cuts a server off, tells another one a lot, and lets it come back with what it had. */
async function measureAbsence(herd: LargeHerd) {
  const { world, graph } = herd;
  const away = world.below(graph.length);
  const known = herd.clientsOf(away);
  herd.cutOff(away);
  await world.run(QUIET_MS);
  let missedBytes = 0;
  for (let i = 0; i < MISSED; i++) {
    missedBytes += herd.tell((away + 1) % graph.length, `missed-${i}`);
  }
  await world.run(QUIET_MS);
  if (herd.clientsOf(away) !== known) throw new Error("A server that is cut off heard something");
  const before = herd.received(away);
  herd.letBack(away);
  await herd.link();
  expectAgreement(herd);
  const caughtUpBytes = herd.received(away).bytes - before.bytes;
  return { missedBytes, caughtUpBytes, links: graph[away]!.length };
}

function expectAgreement(herd: LargeHerd): void {
  if (herd.lagging > 0) throw new Error(`${herd.lagging} servers lack updates`);
}
