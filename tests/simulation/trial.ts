// One trial: a random herd, random news and random faults, then peace; and what must hold after it.

import { drawDisturbances } from "./herd/disturbances.ts";
import type { Fault } from "./herd/relations.ts";
import { SimulatedHerd } from "./herd/herd.ts";
import { drawSetup, NO_SECRET } from "./herd/setup.ts";
import { Trace } from "./checks/trace.ts";
import { tell, tellBurst } from "./herd/traffic.ts";
import { World } from "./world/world.ts";

/** How long things happen, in virtual time. */
const DISTURBED_MS = 2_500;
/** Within this time after the last of them the herd must agree. */
const QUIET_MS = 10_000;
const MIN_DISTURBANCES = 8;
const MAX_DISTURBANCES = 32;
const BURSTS = 12;
const SINGLES = 24;
/** Invariant 1 is looked at after each so many events, and whenever a link resumes. */
const LOOK_EVERY = 4;

/** What a trial may be told. */
export interface TrialOptions {
  /** A mistake to plant, to see whether it is found. */
  readonly fault?: Fault;
  /** True if somebody is going to read what happened. */
  readonly isTraced?: boolean;
}

/** What a trial found, and what happened in it. */
export interface Verdict {
  /** What does not hold; empty when all does. */
  readonly violations: readonly string[];
  /** What happened, if it was asked for. */
  readonly trace: readonly string[];
  /** How many events there were. */
  readonly events: number;
}

/** Runs the trial of this seed. It stops at the first violation. */
export async function trial(seed: number, options: TrialOptions = {}): Promise<Verdict> {
  const { fault = {}, isTraced = false } = options;
  using _code = fault.code?.();
  const world = new World(seed);
  const trace = isTraced ? new Trace(() => world.nowMs) : undefined;
  const setup = drawSetup(world);
  const secrets = fault.isWithoutMacs ? NO_SECRET : setup.secrets;
  const herd = new SimulatedHerd(world, { ...setup, secrets }, fault, trace);
  describe(herd);
  let events = 0;
  const isFound = () => {
    if (++events % LOOK_EVERY === 0) herd.invariants.checkHeld();
    return herd.violations.size > 0;
  };
  try {
    for (const server of herd.servers.values()) server.start();
    plan(herd);
    await world.run(DISTURBED_MS, isFound);
    if (herd.violations.size === 0) await makePeace(herd, isFound);
  } catch (error) {
    herd.violate(String(error));
  }
  return { violations: [...herd.violations], trace: trace?.lines() ?? [], events };
}

/** Spreads what is going to happen over the time. */
function plan(herd: SimulatedHerd): void {
  const { world } = herd;
  const some = (count: number, happen: () => void) => {
    for (let i = 0; i < count; i++) world.after(world.random() * DISTURBED_MS, happen);
  };
  const kinds = drawDisturbances(world);
  const disturbances = MIN_DISTURBANCES + world.below(MAX_DISTURBANCES - MIN_DISTURBANCES);
  some(disturbances, () => world.pick(kinds).happen(herd));
  some(BURSTS, () => tellBurst(herd));
  some(SINGLES, () => tell(herd));
}

/** What can heal heals, and then the herd must agree. */
async function makePeace(herd: SimulatedHerd, isFound: () => boolean): Promise<void> {
  herd.trace?.add("", "peace");
  herd.heal();
  let isQuiet = false;
  await herd.world.run(QUIET_MS, () => isFound() || (isQuiet = herd.invariants.isQuiet()));
  if (herd.violations.size > 0) return;
  if (!isQuiet) herd.violate(`The herd does not come to rest within ${QUIET_MS} ms`);
  herd.invariants.checkHeld();
  herd.invariants.checkEnd();
}

function describe({ trace, setup, servers }: SimulatedHerd): void {
  if (trace === undefined) return;
  const { edges, durability, maxDelayMs, windowBytes, sinkTimings } = setup;
  trace.add("", "herd", edges.map((it) => it.join("-")).join(" "));
  trace.add("", "durability", `${durability}, at most ${sinkTimings.maxRecords} records at a time`);
  trace.add("", "wires", `at most ${maxDelayMs} ms, ${windowBytes} bytes`);
  for (const { name, clockOffsetMs } of servers.values()) {
    trace.add(name, "clock", `off by ${clockOffsetMs} ms`);
  }
}
