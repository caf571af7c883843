// The server of a process: what it needs of files and other services, and then its ports.

import { formatAddress } from "../../base/address.ts";
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

/**
 * Opens the server: it listens when this resolves.
 *
 * @throws {ConfigError} If a file or another service cannot be used, with what helps.
 * @throws {Failure} If it cannot listen where it is to.
 */
export async function openNode(setup: ServerSetup, log: Log): Promise<HerdNode> {
  const { name, options, topology, secrets, retainSeconds, trace, context } = setup;
  const { herd } = topology;
  const { host, port } = topology.server(name);
  const { clock } = context;
  const tls = await openTls(topology, name, { host: options.host, log });
  const backbone = await openBackbone(topology, { name, ...options }, retainSeconds, context);
  const places = await openPlaces(setup, log);
  const storage = await openStorage(
    { name, ...options },
    { herd, server: name, retainSeconds, clock, log },
  );
  return await listen(storage, {
    herd,
    name,
    address: { hostname: options.host ?? host, port: options.port ?? port },
    neighbours: new Map(topology.neighbours(name).map((it) => [it, topology.linkAddress(it)])),
    places,
    log,
    secrets,
    clock,
    limits: clientLimits(options),
    timings: linkTimings(options),
    tls,
    backbone,
    retainSeconds,
    trace,
  });
}

async function listen(
  storage: Storage,
  options: NodeOptions & Required<Pick<ServerSetup["context"], "clock">>,
): Promise<HerdNode> {
  try {
    return startNode({ ...options, storage });
  } catch (error) {
    await closeUnused(storage, options);
    const { name, address, tls } = options;
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
