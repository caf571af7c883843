// One server of a herd: its parts, what each is given of the others, and the order in which they start
// and stop.

import { stackOf } from "../base/errors.ts";
import { inBackground } from "../base/background.ts";
import { Backbone } from "../backbone/backbone.ts";
import { BACKBONE_TIMINGS, type BackboneTimings } from "../backbone/environment.ts";
import type { StreamConnection } from "../backbone/stream.ts";
import { subjectMaker } from "../backbone/subject.ts";
import type { Clock } from "../base/clock.ts";
import { type Given, withDefaults } from "../base/defaults.ts";
import type { Log } from "../base/log.ts";
import { after, waitFor } from "../base/waiting.ts";
import type { LookResult } from "../flood/backlog/look.ts";
import { LINK_TIMINGS, type LinkTimings } from "../flood/environment.ts";
import { Secrets } from "../flood/mac.ts";
import type { PlacesProvider } from "../places/provider.ts";
import type { Store } from "../store/store.ts";
import { Clients } from "./clients/clients.ts";
import { PlacesDesk } from "./clients/places_desk.ts";
import type { ClientService } from "./clients/service.ts";
import { Connections } from "./connections.ts";
import type { ConnectionLimits } from "./descriptors.ts";
import { type Doors, makeDoors, type OwnDoors } from "./doors.ts";
import type { Limits } from "./limits.ts";
import { OwnCredentials } from "./tls/own_credentials.ts";
import type { NodeTls } from "./links/link_port.ts";
import { NodeLinks } from "./links/node_links.ts";
import { type ClockLook, lookAtClocks, whyNotDate } from "./peer_clocks.ts";
import { Records } from "./records/records.ts";
import { memoryStorage, type Storage } from "./records/storage.ts";
import type { NodeStatus } from "./status.ts";
import { SystemClock } from "./system.ts";
import type { Address, Certificate, ListenAt } from "./tcp.ts";
import type { TokenKeys } from "./tokens/token_keys.ts";
import type { Trace } from "./tracing.ts";

/** The way of a server onto the backbone. */
export interface BackboneOptions {
  /**
   * Connects; rejects when it cannot, or when `signal` is aborted. `pause` is asked before each piece of
   * work of a millisecond or so, and gives something to wait for when clients must have their turn.
   */
  connect(signal: AbortSignal, pause: () => Promise<void> | undefined): Promise<StreamConnection>;
  /** The servers of the topology: records of others are told of. Left out, any will do. */
  readonly origins?: ReadonlySet<string> | undefined;
  readonly timings?: Given<BackboneTimings> | undefined;
}

/** Options of a server. */
export interface NodeOptions {
  readonly herd: string;
  readonly name: string;
  /** The address to listen at; port 0 takes a free one. */
  readonly address: ListenAt;
  /** The neighbours, and where each is dialled. */
  readonly neighbours: ReadonlyMap<string, Address>;
  readonly places: PlacesProvider;
  readonly log: Log;
  /** The herd's secrets: none is for loopback, or with TLS. */
  readonly secrets?: Secrets | undefined;
  /** Judges the tokens that clients have to show on `address`; left out, they need none. */
  readonly tokens?: TokenKeys | undefined;
  /** Links over TLS, on a port of their own; left out, they come to `address` in plain text. */
  readonly tls?: NodeTls | undefined;
  readonly clock?: Clock | undefined;
  /** The records to begin with, and their disk; memory alone when left out. */
  readonly storage?: Storage | undefined;
  /** Clients not heard of for this many seconds are dropped; left out, all are kept. */
  readonly retainSeconds?: number | undefined;
  /** Looks every so many seconds whether records are missing that neighbours have; left out, never. */
  readonly verifySeconds?: number | undefined;
  readonly limits?: Given<Limits> | undefined;
  /** Shared with a port that was opened before; made of clock, log and limits when left out. */
  readonly doors?: OwnDoors | undefined;
  readonly timings?: Given<LinkTimings> | undefined;
  /** Connects to the herd's stream; left out, it is on no backbone. */
  readonly backbone?: BackboneOptions | undefined;
  /** Makes spans of what waits for places; nothing is traced without. */
  readonly trace?: Trace | undefined;
}

/**
 * Starts a server: when this returns it listens. Throws what `Deno.listen` throws, such as
 * `Deno.errors.AddrInUse`.
 */
export function startNode(options: NodeOptions): HerdNode {
  return new HerdNode(options);
}

/** The parts of a server. */
interface Parts {
  readonly records: Records;
  readonly clients: Clients;
  readonly links: NodeLinks;
  readonly backbone: Backbone | undefined;
  readonly places: PlacesDesk;
  /** The server's certificate; undefined without TLS. */
  readonly own: OwnCredentials | undefined;
}

/** A running server. Dispose of it, or call `stop`, to end it. */
export class HerdNode implements AsyncDisposable {
  readonly name: string;
  readonly log: Log;
  /** The records, to be read; what changes them goes through `clients`. */
  readonly store: Store;
  /** The status of the server. */
  readonly status: NodeStatus;
  /** Parts that its ports share. */
  readonly doors: Doors;
  readonly #parts: Parts;
  /** Those of its ports, which read them anew each time. */
  readonly #limits: OwnDoors["limits"];
  #stopping: Promise<void> | undefined;

  constructor(options: NodeOptions) {
    const { herd, name, address, neighbours, retainSeconds, trace } = options;
    const { storage = memoryStorage() } = options;
    const { store, held } = storage;
    const { clock: given = new SystemClock() } = options;
    const doors = options.doors ?? makeDoors({ ...options, clock: given });
    const { clock, log, limits } = doors;
    const shared = { ...doors, name, store, connections: new Connections() };

    const own = options.tls && new OwnCredentials({ ...options.tls, clock, log });
    const tls = own && { ...options.tls!, credentials: own };
    const links = new NodeLinks({
      ...shared,
      herd,
      neighbours,
      retainSeconds,
      verifySeconds: options.verifySeconds,
      tls,
      secrets: options.secrets ?? new Secrets([]),
      held,
      timings: withDefaults(LINK_TIMINGS, options.timings),
    });
    const { backbone: stream } = options;
    const backbone = stream && new Backbone({
      ...shared,
      held,
      timings: withDefaults(BACKBONE_TIMINGS, stream.timings),
      random: Math.random,
      subjectOf: subjectMaker(herd),
      origins: stream.origins,
      connect: (signal) => stream.connect(signal, () => doors.pace.pause()),
    });
    const peers = {
      neighbours: links.neighbours,
      get backbone() {
        return backbone?.status;
      },
    };
    const lookAtClock = () => lookAtClocks(clock, peers);
    const records = new Records({
      ...shared,
      storage,
      retainSeconds,
      verdict: () => lookAtClock().verdict,
      readAgain: () => {
        links.readAgain();
        backbone?.readAgain();
      },
      held: () => new Map([...links.held(), ...backbone?.held() ?? []]),
      acknowledged: () => links.acknowledged(),
    });
    const places = new PlacesDesk(options.places, {
      maxWaiting: limits.maxPlacesPerServer,
      clock,
      trace,
    });
    const clients = new Clients({
      ...shared,
      address,
      certificate: tls?.clients ? own : undefined,
      records,
      places,
      links: links.atClientPort,
      tokens: options.tokens,
      whyNotDate: () => whyNotDate(lookAtClock()),
    });

    this.name = name;
    this.log = log;
    this.store = store;
    this.#parts = { records, clients, links, backbone, places, own };
    this.#limits = limits;
    this.status = statusOf(name, { ...this.#parts, clock, lookAtClock, retainSeconds });
    this.doors = doors;
    this.#listen();
    this.#start();
  }

  /** The server's certificate, renewed with its files; undefined without TLS. */
  get certificate(): Certificate | undefined {
    return this.#parts.own;
  }

  /** Takes files anew that may have changed: of its certificate, and of places. */
  renew(): void {
    this.#parts.own?.renew();
    inBackground(this.#parts.places.renew());
  }

  /** Looks whether records are missing that neighbours have, and has them sent. See `Links.verify`. */
  verify(): Promise<ReadonlyMap<string, LookResult | undefined>> {
    return this.#parts.links.verify();
  }

  /** Takes other limits of connections from now on; the newest clients of lines beyond theirs go. */
  limitConnections({ maxConnections, maxHttpConnections, maxTrials }: ConnectionLimits): void {
    Object.assign(this.#limits, { maxConnections, maxHttpConnections, maxTrials });
    this.#parts.clients.dropExcess();
  }

  /** The service for clients, whichever way they come. */
  get clients(): ClientService {
    return this.#parts.clients;
  }

  /** Address at which the server listens. */
  get address(): Deno.NetAddr {
    return this.#parts.clients.address;
  }

  /** The links that take neighbours in. */
  get linkAddress(): Deno.NetAddr {
    return this.#parts.links.address ?? this.address;
  }

  /**
   * Stops: no new connections, what was asked is answered, links end, connections close, within
   * `drainMs`; then the disk gets what it lacks.
   */
  stop(): Promise<void> {
    return this.#stopping ??= this.#stop();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  /** Opens the ports: all of a start that can fail. Neither stays open then. */
  #listen(): void {
    const { clients, links } = this.#parts;
    clients.listen();
    try {
      links.listen();
    } catch (error) {
      inBackground(clients.close());
      throw error;
    }
  }

  #start(): void {
    const { records, clients, links, backbone, own } = this.#parts;
    own?.start();
    records.start();
    clients.start();
    links.start();
    backbone?.start();
  }

  async #stop(): Promise<void> {
    const { records, clients, links, backbone, places, own } = this.#parts;
    own?.[Symbol.dispose]();
    const { clock, limits } = this.doors;
    this.log.info("server.stopping", { connections: clients.connections });
    // Links end beside clients, not before: a dial that hangs in a name's resolution delays nobody.
    const ended = Promise.all([clients.drain(), links.stop()]);
    // A bug in one part is no reason to save nothing.
    const onFailure = (error: unknown) => this.log.error("server.bug", { reason: stackOf(error) });
    await inBackground(waitFor(ended, after(clock, limits.drainMs)), onFailure);
    records.refuse();
    await inBackground(clients.stop(), onFailure);
    if (backbone !== undefined) await inBackground(backbone.stop(), onFailure);
    // Nothing changes any more: what is saved now is all, and marked so.
    await records.stop();
    places[Symbol.dispose]();
    this.log.info("server.stopped");
  }
}

function statusOf(
  name: string,
  { clients, records, places, links, backbone, own, clock, lookAtClock, retainSeconds }: Parts & {
    readonly clock: Clock;
    lookAtClock(): ClockLook;
    readonly retainSeconds: number | undefined;
  },
): NodeStatus {
  const startedMs = clock.monotonicMs();
  return {
    name,
    retainSeconds,
    get upSeconds() {
      return (clock.monotonicMs() - startedMs) / 1000;
    },
    get clock() {
      return lookAtClock();
    },
    get isStopping() {
      return clients.isStopping;
    },
    clients,
    records,
    places,
    neighbours: links.neighbours,
    get backbone() {
      return backbone?.status;
    },
    certificate: own,
  };
}
