// What clients tell the servers of a simulated herd: few clients that move from server to server,
// with clocks that may be off by days, and often with equal times.

import { Instant } from "../../src/protocol/instant.ts";
import type { SimulatedHerd } from "./herd.ts";
import type { SimulatedServer } from "./server.ts";

const CLIENTS = ["a", "b", "c", "d", "e", "f"];
const DAY_SECONDS = 86_400;
/** How far clients' clocks are off: whole seconds, so that equal times at two servers are likely. */
const CLOCK_OFFSETS = [0, 0, 0, 0, -1, 4, -3 * DAY_SECONDS, 2 * DAY_SECONDS];
/** The most requests that come in one go. */
const MAX_BURST = 6;
/** How many updates are told to two servers, with the same time and different locations. */
const TWICE_SHARE = 0.1;

const now = new Instant();

/** A client tells a server where it is, and sometimes another one something else. */
export function tell(herd: SimulatedHerd, server: SimulatedServer = herd.pickServer()): void {
  const { world } = herd;
  const client = world.pick(CLIENTS);
  world.tell(0, now);
  const seconds = now.seconds + world.pick(CLOCK_OFFSETS);
  const fraction = world.happens(0.3) ? `.${world.below(1000)}` : "";
  const places = world.happens(TWICE_SHARE) ? [server, herd.pickServer()] : [server];
  for (const { life, name } of places) {
    const location = `+${world.below(90)}-${world.below(180)}`;
    const line = `IAMAT ${client} ${location} ${seconds}${fraction}`;
    // Of a paused server the request waits; one that is down never sees it.
    life?.enter(() => {
      herd.trace?.add(name, "is told", line);
      life.tell(line);
    });
  }
}

/** Clients tell one server several things in one go: its followers are behind then. */
export function tellBurst(herd: SimulatedHerd, server: SimulatedServer = herd.pickServer()): void {
  const count = 1 + herd.world.below(MAX_BURST);
  for (let i = 0; i < count; i++) tell(herd, server);
}
