// The server of a process: first what it needs of files and other services, then its ports.

import { formatAddress } from "../../base/address.ts";
import type { Clock } from "../../base/clock.ts";
import { reasonOf } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";
import { type HerdNode, type NodeOptions, startNode } from "../../server/node.ts";
import { closeUnused, type Storage } from "../../server/records/storage.ts";
import { Failure } from "../command/errors.ts";
import { clientLimits, linkTimings } from "./limit_options.ts";
import { openBackbone } from "./open_backbone.ts";
import { openPlaces } from "./open_places.ts";
import { openStorage } from "./open_storage.ts";
import { openTls } from "./open_tls.ts";
import type { ServerSetup } from "./server_setup.ts";

/** All that a node is made of. */
export type NodeParts = NodeOptions & { readonly clock: Clock; readonly storage: Storage };

/**
 * Opens what the server needs, its records among it. Nobody is listened to yet.
 *
 * @throws {ConfigError} If a file or another service cannot be used, with what helps.
 */
export async function openParts(setup: ServerSetup, log: Log): Promise<NodeParts> {
  const { name, options, topology, secrets, tokens, retainSeconds, verifySeconds, trace, context } =
    setup;
  const { herd } = topology;
  const { host, port } = topology.server(name);
  const { clock } = context;
  const tls = await openTls(topology, name, { host: options.host });
  const backbone = await openBackbone(topology, { name, ...options }, retainSeconds, context);
  const places = await openPlaces(setup, log);
  const storage = await openStorage(
    { name, ...options },
    { herd, server: name, clock, log },
  );
  return {
    herd,
    name,
    address: { hostname: options.host ?? host, port: options.port ?? port },
    neighbours: new Map(topology.neighbours(name).map((it) => [it, topology.linkAddress(it)])),
    places,
    log,
    secrets,
    tokens: options.requireToken ? tokens : undefined,
    clock,
    storage,
    limits: clientLimits(options),
    timings: linkTimings(options),
    tls,
    backbone,
    retainSeconds,
    verifySeconds,
    trace,
  };
}

/**
 * Starts the server: it listens when this resolves.
 *
 * @throws {Failure} If it cannot listen where it is to; its records are closed then.
 */
export async function listen(parts: NodeParts): Promise<HerdNode> {
  try {
    return startNode(parts);
  } catch (error) {
    const { name, address, tls, storage } = parts;
    await closeUnused(storage, parts);
    const addresses = tls === undefined ? [address] : [address, tls.linkAddress];
    const where = addresses.map((it) => formatAddress(it.hostname, it.port)).join(" and ");
    throw new Failure(`Cannot listen on ${where}: ${listenTrouble(error, name)}`, { cause: error });
  }
}

function listenTrouble(error: unknown, name: string): string {
  if (error instanceof Deno.errors.AddrInUse) return "another program does already";
  if (error instanceof Deno.errors.NotCapable) {
    return "this process was not granted it. " +
      `'herd flags ${name}' prints the flags that it needs`;
  }
  return reasonOf(error);
}
