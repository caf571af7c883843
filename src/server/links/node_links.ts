// A server's links as a part of it: neighbours are dialled and taken in, in plain text on the clients'
// port or over TLS on a port of their own. What is said on a link is in src/flood.

import type { Clock } from "../../base/clock.ts";
import type { Log } from "../../base/log.ts";
import type { LinkTimings } from "../../flood/environment.ts";
import type { LookResult } from "../../flood/backlog/look.ts";
import { Links } from "../../flood/links.ts";
import type { Secrets } from "../../flood/mac.ts";
import type { NeighbourStatus } from "../../flood/neighbour.ts";
import type { Acknowledged, FeedPosition } from "../../store/feed.ts";
import type { Store } from "../../store/store.ts";
import type { Connections } from "../connections.ts";
import type { Pace } from "../turns/pace.ts";
import { randomToken } from "../system.ts";
import type { Address } from "../tcp.ts";
import { dial, dialTls } from "./dial.ts";
import { LinkPort, type NodeTls } from "./link_port.ts";

/** Parts of the links. */
export interface NodeLinksOptions {
  readonly herd: string;
  readonly name: string;
  /** The neighbours, and where each is dialled. */
  readonly neighbours: ReadonlyMap<string, Address>;
  readonly secrets: Secrets;
  /** Undefined for links in plain text. */
  readonly tls: NodeTls | undefined;
  readonly store: Store;
  /** Clients not heard of for this long are dropped; undefined keeps all. */
  readonly retainSeconds: number | undefined;
  /** It looks so often whether records are missing; undefined for never. */
  readonly verifySeconds: number | undefined;
  /** The positions held of neighbours' feeds at the start. */
  readonly held: ReadonlyMap<string, FeedPosition>;
  readonly connections: Connections;
  readonly clock: Clock;
  readonly log: Log;
  readonly timings: LinkTimings;
  readonly pace: Pace;
}

/** The links of one server. */
export class NodeLinks {
  readonly #options: NodeLinksOptions;
  readonly #links: Links;
  #port: LinkPort | undefined;

  /** Dials nobody before `start`. */
  constructor(options: NodeLinksOptions) {
    const { herd, name, neighbours, secrets, store, held, clock, log, timings, pace } = options;
    this.#options = options;
    this.#links = new Links({
      herd,
      self: name,
      incarnation: randomToken(),
      neighbours: [...neighbours.keys()],
      store,
      held,
      secrets,
      retainSeconds: options.retainSeconds,
      verifySeconds: options.verifySeconds,
      clock,
      log,
      timings,
      randomToken,
      random: Math.random,
      pause: () => pace.pause(),
      dial: (neighbour, signal) => this.#dial(neighbour, signal),
    });
  }

  /** See `Links.verify`. */
  verify(): Promise<ReadonlyMap<string, LookResult | undefined>> {
    return this.#links.verify();
  }

  /** Takes what comes to the clients' port and asks for a link; undefined with TLS: all are clients. */
  get atClientPort(): Links | undefined {
    return this.#options.tls === undefined ? this.#links : undefined;
  }

  /** Address at which the port of links listens; undefined without TLS. */
  get address(): Deno.NetAddr | undefined {
    return this.#port?.address;
  }

  /** The neighbours and how the links with them are. */
  get neighbours(): ReadonlyMap<string, NeighbourStatus> {
    return this.#links.neighbours;
  }

  /** The positions held of neighbours' feeds now. */
  held(): Map<string, FeedPosition> {
    return this.#links.held();
  }

  /** Followers' acknowledgements of the feed now. */
  acknowledged(): Map<string, Acknowledged> {
    return this.#links.acknowledged();
  }

  /** Reads all feeds again from their starts. */
  readAgain(): void {
    this.#links.readAgain();
  }

  /** Opens the port of links, with TLS. Throws what `Deno.listen` throws. */
  listen(): void {
    const { tls, connections, clock, log, timings } = this.#options;
    if (tls === undefined) return;
    this.#port = new LinkPort(tls.linkAddress, {
      accept: (connection, peer, name) =>
        connections.track(connection, this.#links.accept(connection, peer, name)),
      credentials: tls.credentials,
      clock,
      log,
      timings,
    });
    const { hostname, port } = this.#port.address;
    log.info("links.listening", { host: hostname, port });
  }

  /** Begins to follow every neighbour. */
  start(): void {
    this.#links.start();
  }

  /** Takes in nobody and ends all links. Resolves when they are gone. */
  async stop(): Promise<void> {
    await Promise.all([this.#links.stop(), this.#port?.close()]);
  }

  #dial(neighbour: string, signal: AbortSignal) {
    const { neighbours, tls } = this.#options;
    const address = neighbours.get(neighbour)!;
    return tls === undefined
      ? dial(address, signal)
      : dialTls(address, signal, { name: neighbour, credentials: tls.credentials });
  }
}
