// What clients tell the servers of a simulated herd: few clients that move from server to server,
// with clocks that may be off by days, and often with equal times.

import { Instant } from "../../../src/base/instant.ts";
import type { SimulatedHerd } from "./herd.ts";
import type { SimulatedServer } from "./server.ts";

const DAY_MS = 86_400_000;
/** How far the clocks of clients are off, in milliseconds. */
const CLOCK_OFFSETS_MS = [0, 0, 0, -700, 4_000, -3 * DAY_MS, 2 * DAY_MS];
/** How many updates come with a clock that was set to something else just now. */
const CLOCK_SET_SHARE = 0.05;
/** How many times are cut to tenths of a second: equal times at two servers are likely then. */
const COARSE_SHARE = 0.3;
const COARSE_MS = 100;
/** How many updates are told to two servers, with the same time and different locations. */
const TWICE_SHARE = 0.1;
/** How often a client is to be forgotten instead. */
const FORGET_SHARE = 0.04;
/** The most requests that come in one go. */
const MAX_BURST = 12;

const NANOS_PER_MS = 1_000_000;

const now = new Instant();

/** A client tells a server where it is, and sometimes another one something else. */
export function tell(herd: SimulatedHerd, server: SimulatedServer = herd.pickServer()): void {
  const { world, setup } = herd;
  const client = world.pick(setup.clients);
  if (world.happens(FORGET_SHARE)) return forget(server, client);
  const time = timeOf(herd, client);
  const servers = world.happens(TWICE_SHARE) ? [server, herd.pickServer()] : [server];
  for (const { incarnation, name } of servers) {
    const line = `IAMAT ${client} +${world.below(90)}-${world.below(180)} ${time}`;
    // Of a paused server the request waits; one that is down never sees it.
    incarnation?.enter(() => {
      herd.trace?.add(name, "is told", line);
      incarnation.tell(line);
    });
  }
}

/** Clients tell one server several things in one go: its followers are behind then. */
export function tellBurst(herd: SimulatedHerd, server: SimulatedServer = herd.pickServer()): void {
  const count = 1 + herd.world.below(MAX_BURST);
  for (let i = 0; i < count; i++) tell(herd, server);
}

function forget({ herd, incarnation, name }: SimulatedServer, client: string): void {
  incarnation?.enter(() => {
    herd.trace?.add(name, "is to forget", client);
    incarnation.forget(client);
  });
}

/** The time on a client's clock, as it tells it. */
function timeOf({ world, setup }: SimulatedHerd, client: string): string {
  const isSet = world.happens(CLOCK_SET_SHARE);
  const offsetMs = isSet
    ? world.pick(CLOCK_OFFSETS_MS)
    : CLOCK_OFFSETS_MS[setup.clients.indexOf(client) % CLOCK_OFFSETS_MS.length]!;
  const isCoarse = world.happens(COARSE_SHARE);
  world.tell(isCoarse ? offsetMs - world.nowMs % COARSE_MS : offsetMs, now);
  // Finer than events are apart: no two in one go are equal unless they are meant to be.
  const nanos = now.nanos - now.nanos % NANOS_PER_MS + (isCoarse ? 0 : world.below(NANOS_PER_MS));
  return nanos === 0 ? `${now.seconds}` : `${now.seconds}.${String(nanos).padStart(9, "0")}`;
}
