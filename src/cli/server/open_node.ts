// The server of a process: what it needs of files and other services, its listeners, so that nobody finds
// it gone while its records are loaded, and the records. Until then, lines and links wait in the kernel.

import { formatAddress } from "../../base/address.ts";
import { reasonOf } from "../../base/errors.ts";
import { closeQuietly } from "../../base/connection.ts";
import type { Log } from "../../base/log.ts";
import type { OwnDoors } from "../../server/doors.ts";
import type { NodeTls } from "../../server/links/link_port.ts";
import type { NodeOptions } from "../../server/node.ts";
import type { Storage } from "../../server/records/storage.ts";
import type { Address } from "../../server/tcp.ts";
import { Failure } from "../command/errors.ts";
import { linkTimings } from "./limit_options.ts";
import { openBackbone } from "./open_backbone.ts";
import { openPlaces } from "./open_places.ts";
import { openStorage } from "./open_storage.ts";
import { openTls } from "./open_tls.ts";
import type { ServerSetup } from "./server_setup.ts";

/** Parts of a node that hang on files and other services. */
export type Services = Pick<NodeOptions, "backbone" | "places" | "tls">;

/**
 * Opens what the server needs besides its records.
 *
 * @throws {ConfigError} If a file or another service cannot be used, with what helps.
 */
export async function openServices(setup: ServerSetup, log: Log): Promise<Services> {
  const { name, options, topology, retainSeconds, context } = setup;
  return {
    tls: await openTls(topology, name, { host: options.host }),
    backbone: await openBackbone(topology, { name, ...options }, retainSeconds, context),
    places: await openPlaces(setup, log),
  };
}

/** Listeners that are open. Disposing closes those that still are. */
export interface Listeners extends Disposable {
  readonly clients: Deno.TcpListener;
  /** Undefined for links in plain text, which come to the clients' port. */
  readonly links: Deno.TcpListener | undefined;
}

/**
 * Listens for clients and links; nobody is taken in yet.
 *
 * @throws {Failure} If it cannot listen where it is to; nothing is open then.
 */
export function listen(
  { name, options, topology }: Pick<ServerSetup, "name" | "topology"> & {
    readonly options: Pick<ServerSetup["options"], "host" | "port">;
  },
  tls: Pick<NodeTls, "linkAddress"> | undefined,
): Listeners {
  const { host, port } = topology.server(name);
  using opened = new DisposableStack();
  const open = (at: NodeOptions["address"]) =>
    opened.adopt("accept" in at ? at : listenAt(at, name), (it) => closeQuietly(it));
  const clients = open({ hostname: options.host ?? host, port: options.port ?? port });
  const links = tls && open(tls.linkAddress);
  const owned = opened.move();
  return { clients, links, [Symbol.dispose]: () => owned.dispose() };
}

/** Surroundings in which the records are loaded. */
export interface Loading {
  readonly doors: OwnDoors;
  /** Aborted to give up. */
  readonly signal: AbortSignal;
}

/**
 * Loads the server's records, with turns for others in between; undefined if `signal` gave it up, and
 * nothing on the disk is changed then.
 *
 * @throws {ConfigError} If the disk's file cannot be used, with what helps.
 */
export async function loadRecords(
  { name, options, topology: { herd } }: ServerSetup,
  { doors: { clock, log, pace }, signal }: Loading,
): Promise<Storage | undefined> {
  const pause = () => pace.pause();
  try {
    return await openStorage(
      { name, ...options },
      { herd, server: name, clock, log, pause, signal },
    );
  } catch (error) {
    if (signal.aborted && error === signal.reason) return undefined;
    throw error;
  }
}

/** Parts that were opened, of which a node is made. */
export interface Opened {
  readonly services: Services;
  readonly listeners: Listeners;
  readonly doors: OwnDoors;
  readonly storage: Storage;
}

/** The node of a setup and what was opened for it. */
export function nodeOptions(
  setup: ServerSetup,
  { services: { tls, backbone, places }, listeners, doors, storage }: Opened,
): NodeOptions {
  const { name, options, topology, secrets, tokens, retainSeconds, verifySeconds, trace } = setup;
  return {
    herd: topology.herd,
    name,
    address: listeners.clients,
    neighbours: new Map(topology.neighbours(name).map((it) => [it, topology.linkAddress(it)])),
    places,
    log: doors.log,
    secrets,
    tokens: options.requireToken ? tokens : undefined,
    doors,
    storage,
    timings: linkTimings(options),
    tls: tls && { ...tls, linkAddress: listeners.links ?? tls.linkAddress },
    backbone,
    retainSeconds,
    verifySeconds,
    trace,
  };
}

function listenAt(address: Address, name: string): Deno.TcpListener {
  try {
    return Deno.listen(address);
  } catch (error) {
    const where = formatAddress(address.hostname, address.port);
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
