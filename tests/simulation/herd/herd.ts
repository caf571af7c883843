// A simulated herd: its servers, the ways between them, and what is found wrong with it. What
// happens to it is in disturbances.ts; when that is well is in invariants.ts.

import { Instant } from "../../../src/base/instant.ts";
import { type Log, silentLog } from "../../../src/base/log.ts";
import { MAX_CLOCK_OFFSET_SECONDS } from "../../../src/server/peer_clocks.ts";
import { Invariants } from "../checks/invariants.ts";
import type { Path } from "../world/lane.ts";
import { effectiveSeconds } from "../checks/ledger.ts";
import type { Incarnation } from "./incarnation.ts";
import type { Fault, HerdOfServers, IncarnationOfServer } from "./relations.ts";
import { SimulatedServer } from "./server.ts";
import type { Edge, Setup } from "./setup.ts";
import type { Trace } from "../checks/trace.ts";
import { type End, Wire } from "../world/wires.ts";
import type { World } from "../world/world.ts";

/** How far clocks of servers are off, in milliseconds. */
const CLOCK_OFFSETS_MS = [0, 0, 0, 40, -300, 1_500];

const now = new Instant();

/** The way between two neighbours. */
class Way implements Path {
  readonly edge: Edge;
  blockedUntilMs = 0;
  wires: Wire[] = [];

  constructor(edge: Edge) {
    this.edge = edge;
  }
}

/** A simulated herd. */
export class SimulatedHerd implements HerdOfServers {
  readonly world: World;
  readonly setup: Setup;
  /** The mistake that is planted in it; an empty one plants none. */
  readonly fault: Fault;
  /** Undefined when nobody is going to read it. */
  readonly trace: Trace | undefined;
  readonly servers: ReadonlyMap<string, SimulatedServer>;
  readonly ways: readonly Way[];
  readonly invariants: Invariants;
  /** True if what can heal has healed. */
  isAtPeace = false;
  /** What does not hold, each thing once. */
  readonly violations = new Set<string>();

  constructor(world: World, setup: Setup, fault: Fault, trace: Trace | undefined) {
    this.world = world;
    this.setup = setup;
    this.fault = fault;
    this.trace = trace;
    this.ways = setup.edges.map((edge) => new Way(edge));
    this.servers = new Map(setup.names.map((name) => [
      name,
      new SimulatedServer(this, name, world.pick(CLOCK_OFFSETS_MS)),
    ]));
    this.invariants = new Invariants(this);
  }

  /** One of the servers. */
  pickServer(): SimulatedServer {
    return this.servers.get(this.world.pick(this.setup.names))!;
  }

  /** The names of the neighbours of a server. */
  neighboursOf(name: string): string[] {
    return this.waysOf(name).map(({ edge: [one, other] }) => one === name ? other : one);
  }

  /** The ways that end at a server. */
  waysOf(name: string): Way[] {
    return this.ways.filter(({ edge }) => edge.includes(name));
  }

  /** The log of a server: kept for the trace, and a sign of when to look. */
  logOf(name: string): Log {
    const log = this.trace?.log(name) ?? silentLog;
    return {
      ...log,
      info: (event, fields) => {
        log.info(event, fields);
        if (event === "link.following") {
          this.invariants.checkResumed(name, String(fields?.neighbour));
        }
      },
    };
  }

  /** True if some server may drop this body as too old, by a clock that others confirm. */
  isExpired(body: string): boolean {
    const { retainSeconds } = this.setup;
    if (retainSeconds === undefined) return false;
    this.world.tell(MAX_CLOCK_OFFSET_SECONDS * 1000, now);
    return effectiveSeconds(body) < now.seconds - retainSeconds;
  }

  /** Everything that can come back comes back, and nothing new goes wrong. */
  heal(): void {
    this.isAtPeace = true;
    for (const way of this.ways) way.blockedUntilMs = 0;
    for (const { disk } of this.servers.values()) if (disk !== undefined) disk.failsUntilMs = 0;
    for (const server of this.servers.values()) server.heal();
  }

  /** Notes that something does not hold. */
  violate(what: string): void {
    if (this.violations.has(what)) return;
    this.violations.add(what);
    this.trace?.add("", "VIOLATION", what);
  }

  /** Connects a server to a neighbour; hangs, as connecting does, where nobody answers. */
  dial(from: IncarnationOfServer, to: string, signal: AbortSignal): Promise<End> {
    const { world } = this;
    const { name } = from.server;
    const way = this.waysOf(name).find(({ edge }) => edge.includes(to))!;
    return new Promise((resolve, reject) => {
      signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      const arrive = () => {
        const leftMs = way.blockedUntilMs - world.nowMs;
        if (leftMs > 0) return void world.after(leftMs, arrive);
        const target = this.servers.get(to)!;
        if (!target.isOn || !from.isAlive || signal.aborted) return;
        if (!target.incarnation?.isListening) {
          return from.enter(() => reject(new Error("Connection refused")));
        }
        const end = this.#connect(way, from, target.incarnation);
        target.onAccept?.();
        from.enter(() => resolve(end));
      };
      world.after(world.random() * this.setup.maxDelayMs, arrive);
    });
  }

  #connect(way: Way, from: IncarnationOfServer, to: Incarnation): End {
    const { maxDelayMs, windowBytes } = this.setup;
    const wire = new Wire(this.world, maxDelayMs, { windowBytes, path: way, hosts: [from, to] });
    way.wires = way.wires.filter((it) => !it.isOver);
    way.wires.push(wire);
    to.accept(wire.ends[1], from.server.name);
    return wire.ends[0];
  }
}
