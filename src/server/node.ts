// One server of a herd: the accept loop, and the wiring of store, links, places and sessions.

import { formatAddress, hostOf } from "../base/address.ts";
import { encode } from "../base/bytes.ts";
import type { Clock } from "../base/clock.ts";
import { Instant } from "../base/instant.ts";
import { LimitedLog } from "../base/limited_log.ts";
import type { Log } from "../base/log.ts";
import { Backbone } from "../backbone/backbone.ts";
import { BACKBONE_TIMINGS, type BackboneTimings } from "../backbone/environment.ts";
import type { StreamConnection } from "../backbone/stream.ts";
import { subjectMaker } from "../backbone/subject.ts";
import { closeQuietly, type Connection } from "../base/connection.ts";
import { LINK_TIMINGS, type LinkTimings } from "../flood/environment.ts";
import { Links } from "../flood/links.ts";
import { Secrets } from "../flood/mac.ts";
import type { PlacesProvider } from "../places/provider.ts";
import { DurableSink } from "../store/durable_sink.ts";
import type { FeedPosition } from "../store/feed.ts";
import type { Store } from "../store/store.ts";
import { forget } from "./forget.ts";
import { accepted } from "./clients/accept.ts";
import { Admission } from "./clients/admission.ts";
import { type Address, dial, dialTls, setNoDelay } from "./links/dial.ts";
import { LIMITS, type Limits } from "./limits.ts";
import { LinkPort, type NodeTls } from "./links/link_port.ts";
import { Pace } from "./pace.ts";
import { PlacesDesk } from "./clients/places_desk.ts";
import { ReplyLatency } from "./clients/reply_latency.ts";
import { Retention } from "./retention.ts";
import type { RequestCounts } from "./clients/request_counts.ts";
import { Session, type SessionContext } from "./clients/session.ts";
import { Supervisor } from "./clients/supervisor.ts";
import { memoryStorage, type Storage } from "./disk/storage.ts";
import { takeReport } from "./clients/iamat.ts";
import type { ClientService } from "./clients/service.ts";
import type { NodeStatus } from "./status.ts";
import { Rounds } from "./clients/rounds.ts";
import { randomToken, SystemClock } from "./system.ts";
import type { Trace } from "./tracing.ts";

/** Connections of clients that are logged within a minute, and for each reason of their end. */
const LOGGED_CONNECTIONS = 100;

/** How a server is on the backbone. */
export interface BackboneOptions {
  /** Connects; rejects when it cannot, or when `signal` is aborted. */
  connect(signal: AbortSignal): Promise<StreamConnection>;
  readonly timings?: Partial<BackboneTimings>;
}

/** How to run one server. */
export interface NodeOptions {
  readonly herd: string;
  readonly name: string;
  /** Where to listen; port 0 takes a free one. */
  readonly address: Address;
  /** The neighbours, and where each is dialled. */
  readonly neighbours: ReadonlyMap<string, Address>;
  readonly places: PlacesProvider;
  readonly log: Log;
  /** The herd's secrets: none is for loopback, or with TLS. */
  readonly secrets?: Secrets;
  /** Links over TLS, on a port of their own; left out, they come to `address` in plain text. */
  readonly tls?: NodeTls;
  readonly clock?: Clock;
  /** The records to begin with, and their disk; memory alone when left out. */
  readonly storage?: Storage;
  /** Clients not heard of for so many seconds are dropped; none are when left out. */
  readonly retainSeconds?: number;
  readonly limits?: Partial<Limits>;
  readonly timings?: Partial<LinkTimings>;
  /** How it connects to the herd's stream; left out, it is on no backbone. */
  readonly backbone?: BackboneOptions;
  /** Makes spans of what waits for places; nothing is traced without. */
  readonly trace?: Trace;
}

/**
 * Starts a server: when this returns it listens. Throws what `Deno.listen` throws, such as
 * `Deno.errors.AddrInUse`.
 */
export function startNode(options: NodeOptions): HerdNode {
  return new HerdNode(options);
}

/** A running server. Dispose of it, or call `stop`, to end it. */
export class HerdNode implements AsyncDisposable {
  readonly name: string;
  /** What is told of the server. */
  readonly status: NodeStatus;
  /** What is done for clients, whichever way they come. */
  readonly clients: ClientService;
  readonly log: Log;
  readonly store: Store;
  readonly #links: Links;
  readonly #backbone: Backbone | undefined;
  readonly #counts: RequestCounts = { iamat: 0, stale: 0, whatsat: 0, invalid: 0, unknown: 0 };
  /** What its sessions share. */
  readonly #context: SessionContext;
  readonly #admission: Admission;
  readonly #supervisor: Supervisor;
  readonly #listener: ClientListener;
  readonly #linkPort: LinkPort | undefined;
  /** For what comes as often as strangers like. */
  readonly #connectionLog: Log;
  readonly #limits: Limits;
  readonly #places: PlacesProvider;
  readonly #patience = new AbortController();
  readonly #connections = new Map<Connection, Promise<void>>();
  readonly #sessions = new Set<Session>();
  readonly #sink: DurableSink | undefined;
  readonly #retention: Retention | undefined;
  readonly #accepting: Promise<void>;
  #accepted = 0;
  #stopping: Promise<void> | undefined;

  constructor(options: NodeOptions) {
    const { herd, name, neighbours, tls, log, places } = options;
    const clock = options.clock ?? new SystemClock();
    this.name = name;
    this.log = log;
    this.#connectionLog = new LimitedLog({ log, clock, lines: LOGGED_CONNECTIONS });
    this.#places = places;
    this.#limits = { ...LIMITS, ...options.limits };
    const { store, held, disk } = options.storage ?? memoryStorage();
    this.store = store;
    store.maxRecords = this.#limits.maxClients;
    store.maxTextBytes = this.#limits.maxRecordBytes;
    const timings = { ...LINK_TIMINGS, ...options.timings };
    const pace = new Pace(clock);
    this.#links = new Links({
      herd,
      self: name,
      incarnation: randomToken(),
      neighbours: [...neighbours.keys()],
      store,
      held,
      secrets: options.secrets ?? new Secrets([]),
      clock,
      log,
      timings,
      randomToken,
      random: Math.random,
      pause: () => pace.pause(),
      dial: (neighbour, signal) => {
        const address = neighbours.get(neighbour)!;
        return tls === undefined
          ? dial(address, signal)
          : dialTls(address, signal, { name: neighbour, credentials: tls.credentials });
      },
    });
    this.#backbone = options.backbone && new Backbone({
      store,
      held,
      clock,
      log,
      timings: { ...BACKBONE_TIMINGS, ...options.backbone.timings },
      random: Math.random,
      subjectOf: subjectMaker(herd),
      connect: options.backbone.connect,
    });
    if (disk !== undefined) {
      this.#sink = new DurableSink({ ...disk, store, clock, log, held: () => this.#held() });
    }
    const beforeReply = this.#sink !== undefined && disk?.durability === "commit"
      ? () => this.#sink!.whenDurable()
      : undefined;
    this.#admission = new Admission(this.#limits, clock, log);
    this.#supervisor = new Supervisor(this.#limits, clock);
    this.#context = {
      name: encode(name),
      store,
      clock,
      places: new PlacesDesk(
        places,
        this.#limits.maxPlacesPerServer,
        this.#patience.signal,
        options.trace,
      ),
      // With TLS what comes to the clients' port is a client.
      links: tls === undefined ? this.#links : undefined,
      limits: this.#limits,
      log,
      counts: this.#counts,
      latency: new ReplyLatency(clock),
      unread: this.#supervisor,
      pace,
      rounds: new Rounds(clock),
      ...beforeReply === undefined ? {} : { beforeReply },
    };
    this.status = this.#createStatus();
    this.clients = this.#createService();
    this.#listener = listen(options.address, tls);
    log.info("server.listening", { host: this.address.hostname, port: this.address.port });
    this.#linkPort = tls && this.#openLinkPort(tls, clock, timings);
    this.#accepting = this.#accept();
    const { retainSeconds } = options;
    if (retainSeconds !== undefined) {
      const erase = () => this.#sink?.erase();
      this.#retention = new Retention(store, { clock, retainSeconds, erase });
    }
    this.#sink?.start();
    this.#supervisor.start();
    this.#links.start();
    this.#backbone?.start();
  }

  /** Where the server listens. */
  get address(): Deno.NetAddr {
    return this.#listener.addr;
  }

  /** Where neighbours are taken in. */
  get linkAddress(): Deno.NetAddr {
    return this.#linkPort?.address ?? this.address;
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

  #createStatus(): NodeStatus {
    const { name, store } = this;
    const [links, admission, supervisor] = [this.#links, this.#admission, this.#supervisor];
    const isStopping = () => this.#stopping !== undefined;
    const [connections, accepted] = [() => this.#connections.size, () => this.#accepted];
    const [disk, backbone] = [() => this.#sink?.status, () => this.#backbone?.status];
    return {
      name,
      get isStopping() {
        return isStopping();
      },
      clients: {
        get connections() {
          return connections();
        },
        get accepted() {
          return accepted();
        },
        get admitted() {
          return admission.clients;
        },
        get refused() {
          return admission.refused;
        },
        ended: supervisor.ended,
        get unreadBytes() {
          return supervisor.unreadBytes;
        },
        requests: this.#counts,
        latency: this.#context.latency.histogram,
      },
      records: {
        get clients() {
          return store.size;
        },
        get records() {
          return store.records;
        },
        get textBytes() {
          return store.textBytes;
        },
        get refused() {
          return store.refused;
        },
        feed: store.feed,
        get disk() {
          return disk();
        },
      },
      places: this.#context.places,
      neighbours: links.neighbours,
      get backbone() {
        return backbone();
      },
    };
  }

  #createService(): ClientService {
    const context = this.#context;
    const receivedAt = new Instant();
    return {
      take(report) {
        context.clock.now(receivedAt);
        return takeReport(context, receivedAt, report);
      },
      whenSafe: () => context.beforeReply?.(),
      async forget(client) {
        const isKnown = forget(context, client);
        await context.beforeReply?.();
        return isKnown;
      },
      places(location, radiusMetres, bound) {
        context.counts.whatsat++;
        return context.places.nearby(location, radiusMetres, bound);
      },
      serve: (connection, peer) => {
        const serving = this.#serve({ ...context, links: undefined }, connection, peer);
        return this.#track(connection, serving);
      },
    };
  }

  /** The positions held of neighbours' feeds and of the stream, now. */
  #held(): Map<string, FeedPosition> {
    return new Map([...this.#links.held(), ...this.#backbone?.held() ?? []]);
  }

  async #accept(): Promise<void> {
    for await (const connection of accepted(this.#listener, this.#context)) {
      const { hostname, port } = connection.remoteAddr;
      // Deno offers it on no TLS connection.
      if ("setNoDelay" in connection) setNoDelay(connection);
      const serving = this.#serve(this.#context, connection, formatAddress(hostname, port));
      this.#track(connection, serving);
    }
  }

  #track(connection: Connection, serving: Promise<void>): Promise<void> {
    this.#accepted++;
    this.#connections.set(connection, serving);
    return serving.finally(() => this.#connections.delete(connection));
  }

  #openLinkPort(tls: NodeTls, clock: Clock, timings: LinkTimings): LinkPort {
    const log = this.log;
    try {
      const port = new LinkPort(tls.linkAddress, {
        accept: (connection, peer, name) =>
          this.#track(connection, this.#links.accept(connection, peer, name)),
        credentials: tls.credentials,
        clock,
        log,
        timings,
      });
      log.info("links.listening", { host: port.address.hostname, port: port.address.port });
      return port;
    } catch (error) {
      this.#listener.close();
      throw error;
    }
  }

  async #serve(context: SessionContext, connection: Connection, peer: string): Promise<void> {
    this.#connectionLog.info("connection.opened", { peer });
    let reason = "closed by the peer";
    const host = hostOf(peer);
    const ticket = this.#admission.enter(host, {
      mayBeLink: context.links !== undefined,
      close: () => closeQuietly(connection),
    });
    const session = new Session(context, connection, peer, ticket);
    this.#sessions.add(session);
    this.#supervisor.add(session);
    if (this.#stopping !== undefined) session.drain();
    try {
      await session.run();
    } catch (error) {
      const here = this.#stopping !== undefined ? "this server is stopping" : session.endReason;
      reason = here ?? String(error);
    } finally {
      this.#sessions.delete(session);
      this.#supervisor.remove(session);
      if (ticket.isRefused) reason = "too many connections";
      ticket.release();
      closeQuietly(connection);
      this.#connectionLog.info("connection.closed", { peer, reason });
    }
  }

  async #stop(): Promise<void> {
    this.log.info("server.stopping", { connections: this.#connections.size });
    this.#listener.close();
    await this.#accepting;
    // Places that are not here by half of the time will not be: their callers get an answer.
    const patience = setTimeout(() => {
      this.#patience.abort();
      for (const session of this.#sessions) session.giveUpPlaces();
    }, this.#limits.drainMs / 2);
    for (const session of this.#sessions) session.drain();
    // Links end beside, not before: a dial that hangs in a name's resolution keeps nobody waiting.
    const ended = Promise.all([
      this.#links.stop(),
      this.#linkPort?.close(),
      ...this.#connections.values(),
    ]);
    const late = Promise.withResolvers<void>();
    const timer = setTimeout(late.resolve, this.#limits.drainMs);
    await Promise.race([ended, late.promise]);
    clearTimeout(timer);
    clearTimeout(patience);
    this.#sink?.refuse();
    for (const session of this.#sessions) session.abort("this server is stopping");
    for (const connection of this.#connections.keys()) closeQuietly(connection);
    await Promise.all(this.#connections.values());
    await this.#backbone?.stop();
    // Nothing changes any more: what is committed now is all, and marked so.
    this.#retention?.[Symbol.dispose]();
    await this.#sink?.close();
    this.#supervisor[Symbol.dispose]();
    this.#admission[Symbol.dispose]();
    this.#places[Symbol.dispose]();
    this.log.info("server.stopped");
  }
}

type ClientListener = Deno.Listener<Deno.TcpConn | Deno.TlsConn, Deno.NetAddr>;

function listen(address: Address, tls: NodeTls | undefined): ClientListener {
  if (!tls?.clients) return Deno.listen(address);
  const { cert, key } = tls.credentials;
  return Deno.listenTls({ ...address, cert, key });
}
