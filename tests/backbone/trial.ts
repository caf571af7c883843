// One trial: servers on a backbone, random news and random faults, then peace; and what must hold
// all the time and at the end.

import { type BrokerFault, MemoryBroker } from "./memory_broker.ts";
import { World } from "../simulation/world/world.ts";
import { neighbourBit } from "../../src/store/known_to.ts";
import { latin1 } from "../support/reference/reference.ts";
import { BackboneServer, clientOf } from "./server.ts";

/** How long things happen, and within which time after it all must agree, in virtual time. */
const DISTURBED_MS = 2_000;
const QUIET_MS = 10_000;
const AFTERMATH_MS = 300;
const NEWS = 60;
const GOSSIP = 30;
const FAULTS = 10;
const CLIENTS = ["a", "b", "c", "d", "e"];
/** What is promised is looked at after each so many events. */
const LOOK_EVERY = 5;

/** Mistakes to plant, to see whether they are found. */
export interface Fault extends BrokerFault {
  /** Nothing is published again over which something older was put. */
  readonly isWithoutRepair?: boolean;
}

/** Runs the trial of a seed; gives what did not hold. */
export async function trial(seed: number, fault: Fault = {}): Promise<string[]> {
  const world = new World(seed);
  const broker = new MemoryBroker(world, fault);
  broker.readDelayMs = world.pick([1, 10, 100]);
  const timings = {
    maxInFlight: 1 + world.below(4),
    acknowledgeMs: 500,
    courtesyMs: world.pick([1, 10, 50]),
  };
  const names = ["Ann", "Bob", "Cem", "Dia"].slice(0, 2 + world.below(3));
  const { isWithoutRepair = false } = fault;
  const servers = names.map((name) =>
    new BackboneServer(world, broker, name, { timings, isWithoutRepair })
  );
  await Promise.all(servers.map((it) => it.start()));
  const violations = new Set<string>();
  let events = 0;
  const isFound = () => {
    if (++events % LOOK_EVERY === 0) {
      for (const it of servers.flatMap((server) => server.brokenPromises())) violations.add(it);
    }
    return violations.size > 0;
  };
  const isOver = () => isFound() || (events % LOOK_EVERY === 0 && agree(broker, servers));
  plan(world, broker, servers);
  await world.run(DISTURBED_MS, isFound);
  if (violations.size === 0) {
    broker.start();
    await world.run(QUIET_MS, isOver);
    const newcomer = new BackboneServer(world, broker, "newcomer");
    servers.push(newcomer);
    await newcomer.start();
    await world.run(QUIET_MS, isOver);
    // Nothing may be under way that would change it again.
    await world.run(AFTERMATH_MS, isFound);
    for (const it of disagreements(broker, servers)) violations.add(it);
  }
  for (const server of servers) server.crash();
  return [...violations];
}

function plan(world: World, broker: MemoryBroker, servers: readonly BackboneServer[]): void {
  const some = (count: number, happen: () => void) => {
    for (let i = 0; i < count; i++) world.after(world.random() * DISTURBED_MS, happen);
  };
  some(NEWS, () => {
    const server = world.pick(servers);
    server.take(drawBody(world, server.name));
  });
  some(GOSSIP, () => {
    const body = world.pick([...world.pick(servers).bodies().values()]);
    if (body !== undefined) world.pick(servers).take(body, neighbourBit(0));
  });
  some(world.below(FAULTS), () => {
    const server = world.pick(servers);
    const faults = [
      () => server.disconnect(),
      () => server.disconnect(),
      () => void restart(world, server),
      () => void restart(world, server),
      () => {
        broker.stop();
        world.after(world.random() * 500, () => broker.start());
      },
      () => broker.remake(),
    ];
    world.pick(faults)();
  });
}

/** A version of a client's location: late and early ones, ties, and removals. */
function drawBody(world: World, origin: string): string {
  const time = 1_800_000_000 + world.below(12);
  const client = world.pick(CLIENTS);
  if (world.happens(0.1)) return `${origin} +0.000000000 ${client} - ${time}.000000000`;
  const skew = world.pick(["+0.000000000", "+2.000000000", "-6.000000000"]);
  return `${origin} ${skew} ${client} +${world.below(90)}-${world.below(180)} ${time}`;
}

async function restart(world: World, server: BackboneServer): Promise<void> {
  if (world.happens(0.5)) server.crash();
  else await server.stop();
  await server.start();
}

function agree(broker: MemoryBroker, servers: readonly BackboneServer[]): boolean {
  return servers.every((it) => it.backbone.status.isLevel) &&
    disagreements(broker, servers).next().done === true;
}

function* disagreements(
  broker: MemoryBroker,
  servers: readonly BackboneServer[],
): Generator<string> {
  const inStream = [...broker.messages.values()].map(({ body }) => latin1(body));
  const expected = textOf(new Map(inStream.map((it) => [clientOf(it), it])));
  for (const server of servers) {
    const actual = textOf(server.bodies());
    if (actual !== expected) yield `${server.name} has\n${actual}\nthe stream has\n${expected}`;
  }
}

function textOf(bodies: ReadonlyMap<string, string>): string {
  return [...bodies.values()].sort().join("\n");
}
