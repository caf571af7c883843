// Servers of a herd in this process, on a backbone of real NATS servers.

import { type JetStreamManager, jetstreamManager, type StreamInfo } from "@nats-io/jetstream";
import { connectTo } from "../../../src/backbone/nats/connection.ts";
import { connectNats, type NatsOptions } from "../../../src/backbone/nats/nats.ts";
import type { BackboneTimings } from "../../../src/backbone/environment.ts";
import { encode } from "../../../src/base/bytes.ts";
import { parseBody, Update } from "../../../src/protocol/update.ts";
import { natsDialer } from "../../../src/server/links/nats_dialer.ts";
import { type HerdNode, type NodeOptions, startNode } from "../../../src/server/node.ts";
import { latin1 } from "../../support/reference/reference.ts";
import { exchange } from "../../support/herds/client.ts";
import { until } from "../../support/waiting.ts";
import { loneOptions } from "../../support/herds/herd.ts";
import type { NatsServers } from "../../support/processes/nats.ts";
import { SERVER } from "../../../src/store/source.ts";

/** How a server of the tests connects, and how else it is unlike others. */
export interface NatsNodeOptions {
  readonly nats?: Partial<NatsOptions>;
  readonly node?: Partial<NodeOptions>;
  readonly timings?: Partial<BackboneTimings>;
}

/** Starts a server that is on the backbone. */
export function startNatsNode(
  nats: NatsServers,
  name: string,
  options: NatsNodeOptions = {},
): HerdNode {
  const connection: NatsOptions = {
    servers: nats.addresses,
    herd: "test",
    self: name,
    dialer: natsDialer,
    credentials: undefined,
    tls: undefined,
    replicas: nats.addresses.length,
    maxAgeSeconds: undefined,
    random: Math.random,
    ...options.nats,
  };
  return startNode(loneOptions({
    name,
    backbone: {
      connect: (signal, pause) => connectNats({ ...connection, pause }, signal),
      ...options.timings && { timings: options.timings },
    },
    ...options.node,
  }));
}

/** Tells a server of a client, as clients do. */
export function tellNode(
  node: HerdNode,
  client: string,
  time = Date.now() / 1000,
): Promise<string> {
  return exchange(node.address.port, `IAMAT ${client} +1+1 ${time.toFixed(6)}\n`);
}

/** Puts a body into a server as if a client had brought it. */
export function put(node: HerdNode, body: string): void {
  const bytes = encode(body);
  const update = new Update();
  if (!parseBody(bytes, 0, bytes.length, update)) throw new Error(`No body: '${body}'`);
  node.store.apply(update, SERVER);
}

/** All that a server knows, as one text. */
export function recordsOf({ store }: HerdNode): string {
  using reader = store.feed.readFrom(0);
  const bodies: string[] = [];
  for (let record = reader.next(); record !== 0; record = reader.next()) {
    const body = new Uint8Array(store.bodyLength(record));
    store.copyBody(record, body, 0);
    bodies.push(latin1(body));
  }
  return bodies.sort().join("\n");
}

/** Waits until all servers have so many records, and the same. */
export async function untilSame(
  nodes: readonly HerdNode[],
  count: number,
  withinMs = 10_000,
): Promise<string> {
  await until(() => nodes.every((it) => it.store.records === count), withinMs);
  return await until(() => {
    const [first, ...others] = nodes.map(recordsOf);
    return others.every((it) => it === first) && first;
  }, withinMs);
}

/** What NATS says of the stream. */
export async function streamInfo(nats: NatsServers, name = "herd_test"): Promise<StreamInfo> {
  return await withManager(nats, (manager) => manager.streams.info(name));
}

/** Does what `nats stream rm` does. */
export async function deleteStream(nats: NatsServers, name = "herd_test"): Promise<void> {
  await withManager(nats, (manager) => manager.streams.delete(name));
}

/** Asks JetStream something, as an operator does. */
export async function withManager<T>(
  { addresses }: NatsServers,
  act: (manager: JetStreamManager) => Promise<T>,
  credentials?: string,
): Promise<T> {
  const access = { name: "test", dialer: natsDialer, credentials, tls: undefined };
  const connection = await Promise.any(addresses.map((it) => connectTo(it, access)));
  try {
    return await act(await jetstreamManager(connection, { checkAPI: false }));
  } finally {
    await connection.close();
  }
}

/** Waits until a server has all that the stream has, and publishes. */
export function untilLevel(node: HerdNode, withinMs = 10_000): Promise<unknown> {
  return until(() => node.status.backbone!.isLevel, withinMs);
}
