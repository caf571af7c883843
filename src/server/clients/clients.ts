// A server's clients as a part of it: its own port, the sessions of all connections, whichever way they
// came in, and what bounds them.

import { isBug, stackOf } from "../../base/errors.ts";
import { inBackground } from "../../base/background.ts";
import { hostOf } from "../../base/address.ts";
import { encode } from "../../base/bytes.ts";
import type { Clock } from "../../base/clock.ts";
import { closeQuietly, type Connection } from "../../base/connection.ts";
import type { Histogram } from "../../base/histogram.ts";
import { Instant } from "../../base/instant.ts";
import type { TokenKeys } from "../tokens/token_keys.ts";
import type { Grant } from "../tokens/grant.ts";
import { TcpPort } from "../tcp_port.ts";
import { LimitedLog } from "../../base/limited_log.ts";
import type { Log } from "../../base/log.ts";
import type { Links } from "../../flood/links.ts";
import type { Coordinates } from "../../protocol/location.ts";
import type { Doors } from "../doors.ts";
import type { Connections } from "../connections.ts";
import { forget, type ForgetAnswer } from "../records/forget.ts";
import type { Records } from "../records/records.ts";
import type { ClientsStatus } from "../status.ts";
import type { Certificate, ListenAt } from "../tcp.ts";
import { Admission, ADMITTED, type Ticket } from "./admission.ts";
import { type Report, takeLine, type TakenReport, takeReport } from "./iamat.ts";
import type { Applied } from "../../store/source.ts";
import type { PlacesDesk } from "./places_desk.ts";
import { ReplyLatency } from "./replies/reply_latency.ts";
import type { ClientService, ServedClient } from "./service.ts";
import { noRequests, type RequestCounts } from "./request_counts.ts";
import { Session, type SessionContext } from "./session.ts";
import { type EndedCounts, lineLimits, Supervisor } from "./supervisor.ts";

/** Connections that are logged within a minute, and for each reason of their end. */
const LOGGED_CONNECTIONS = 100;

/** The reason of an end that nothing is wrong with. */
const GOOD_END = "closed by the peer";

/** Parts of the clients' part. */
export interface ClientsOptions extends Doors {
  readonly name: string;
  /** The address to listen at; port 0 takes a free one. */
  readonly address: ListenAt;
  /** The certificate for TLS on the own port; undefined for plain TCP. */
  readonly certificate: Certificate | undefined;
  readonly records: Pick<Records, "store" | "whenSafe">;
  readonly places: PlacesDesk;
  /** Judges the tokens that clients of the own port show; undefined where they need none. */
  readonly tokens: TokenKeys | undefined;
  /** Takes connections of the own port that ask for a link; undefined where all are clients. */
  readonly links: Links | undefined;
  readonly connections: Connections;
  /** The reason why this server may not date anything itself; undefined if it may. */
  whyNotDate(): string | undefined;
}

/** A connection's other end, and its place. */
interface Visitor {
  readonly peer: string;
  readonly ticket: Ticket;
  session?: Session;
  /** Its rights, where they are known from the start. */
  readonly grant?: Grant | undefined;
}

// A report is taken to the end before the next, so all share this.
const receivedAt = new Instant();

/** The clients of one server. */
export class Clients implements ClientService, ClientsStatus {
  readonly requests: RequestCounts = noRequests();
  readonly #options: ClientsOptions;
  readonly #clock: Clock;
  readonly #admission: Admission;
  readonly #supervisor: Supervisor;
  /** For what strangers can cause as often as they like. */
  readonly #connectionLog: Log;
  readonly #sessions = new Set<Session>();
  /** Parts that sessions share on the own port, and where no connection can become a link. */
  readonly #context: SessionContext;
  readonly #contextWithoutLinks: SessionContext;
  #port: TcpPort | undefined;
  #isStopping = false;

  /** Takes nobody in before `listen`. */
  constructor(options: ClientsOptions) {
    const { name, records, places, links, tokens, clock, log, limits, pace, rounds } = options;
    this.#clock = clock;
    this.#options = options;
    this.#connectionLog = new LimitedLog({ log, clock, lines: LOGGED_CONNECTIONS });
    this.#admission = new Admission(limits, clock, log);
    this.#supervisor = new Supervisor(lineLimits(limits), clock);
    this.#context = {
      name: encode(name),
      store: records.store,
      clock,
      places,
      links,
      limits,
      tokens,
      log,
      counts: this.requests,
      latency: new ReplyLatency(clock),
      unread: this.#supervisor,
      pace,
      rounds,
      whenSafe: records.whenSafe,
    };
    this.#contextWithoutLinks = { ...this.#context, links: undefined, tokens: undefined };
  }

  /** Opens the own port. Throws what `Deno.listen` throws, such as `Deno.errors.AddrInUse`. */
  listen(): void {
    const { address, certificate, clock, log } = this.#options;
    this.#port = new TcpPort(address, {
      port: "clients",
      certificate,
      clock,
      log,
      accept: (connection, peer) => this.#accept(connection, peer),
    });
    const { hostname, port } = this.#port.address;
    log.info("server.listening", { host: hostname, port });
  }

  /** Begins to look after sessions. */
  start(): void {
    this.#supervisor.start();
  }

  /** Address at which the own port listens; there is one from `listen` on. */
  get address(): Deno.NetAddr {
    return this.#port!.address;
  }

  /** True from `drain` on. */
  get isStopping(): boolean {
    return this.#isStopping;
  }

  /** Takes no more connections on the own port; those that are open go on. */
  async close(): Promise<void> {
    await this.#port?.close();
  }

  /**
   * Answers what is in hand and then closes connections. Resolves when all have ended. Places that
   * are not there after half of the time that a stop may take are given up: who asked gets an answer.
   */
  async drain(): Promise<void> {
    const { connections, limits, places } = this.#options;
    this.#isStopping = true;
    const keepPlaces = this.#clock.after(limits.drainMs / 2, () => {
      places.giveUp();
      for (const session of this.#sessions) session.giveUpPlaces();
    });
    try {
      await this.close();
      for (const session of this.#sessions) session.drain();
      await connections.ended();
    } finally {
      keepPlaces();
    }
  }

  /** Ends the newest sessions beyond the limit, which was lowered. */
  dropExcess(): void {
    this.#admission.dropExcess();
  }

  /** Ends all sessions. Resolves when their connections are closed. */
  async stop(): Promise<void> {
    for (const session of this.#sessions) session.abort("this server is stopping");
    await this.#options.connections.close();
    this.#supervisor[Symbol.dispose]();
    this.#admission[Symbol.dispose]();
  }

  // What is done for clients: ClientService.

  take(report: Report): TakenReport | string {
    this.#clock.now(receivedAt);
    return takeReport(this.#context, receivedAt, report);
  }

  takeLine(line: Uint8Array, end: number): Applied | undefined {
    this.#clock.now(receivedAt);
    return takeLine(this.#context, receivedAt, line, end);
  }

  whyNotDate(): string | undefined {
    return this.#options.whyNotDate();
  }

  whenSafe(): Promise<void> | undefined {
    return this.#context.whenSafe?.();
  }

  async forget(client: Uint8Array): Promise<ForgetAnswer> {
    const { maxRemovals } = this.#options.limits;
    const answer = forget({ ...this.#context, maxRemovals }, client);
    await this.whenSafe();
    return answer;
  }

  places(
    location: Coordinates,
    radiusMetres: number,
    bound: number,
  ): Uint8Array | Promise<Uint8Array> {
    this.requests.whatsat++;
    return this.#options.places.nearby(location, radiusMetres, bound);
  }

  serve(connection: Connection, { peer, grant }: ServedClient): Promise<void> {
    return this.#track(this.#contextWithoutLinks, connection, { peer, ticket: ADMITTED, grant });
  }

  // What is told of them: ClientsStatus.

  get connections(): number {
    return this.#options.connections.open;
  }

  get accepted(): number {
    return this.#options.connections.accepted;
  }

  get admitted(): number {
    return this.#admission.clients;
  }

  get refused(): number {
    return this.#admission.refused;
  }

  get evicted(): number {
    return this.#admission.evicted;
  }

  get ended(): Readonly<EndedCounts> {
    return this.#supervisor.ended;
  }

  get unreadBytes(): number {
    return this.#supervisor.unreadBytes;
  }

  get latency(): Histogram {
    return this.#context.latency.histogram;
  }

  #accept(connection: Connection, peer: string): void {
    const visitor: Visitor = {
      peer,
      ticket: this.#admission.enter(hostOf(peer), {
        mayBeLink: this.#context.links !== undefined,
        close: () => closeQuietly(connection),
        idleMs: () => visitor.session ? this.#supervisor.waitedMs(visitor.session, "line") : 0,
        evict: () => visitor.session?.abort("it made room for another connection"),
      }),
    };
    inBackground(this.#track(this.#context, connection, visitor));
  }

  #track(context: SessionContext, connection: Connection, visitor: Visitor): Promise<void> {
    const serving = this.#serve(context, connection, visitor);
    return this.#options.connections.track(connection, serving);
  }

  async #serve(
    context: SessionContext,
    connection: Connection,
    visitor: Visitor,
  ): Promise<void> {
    const { peer, ticket } = visitor;
    const log = this.#connectionLog;
    log.debug("connection.opened", { peer });
    const session = visitor.session = new Session(context, connection, visitor);
    this.#sessions.add(session);
    this.#supervisor.add(session);
    if (this.#isStopping) session.drain();
    let reason = GOOD_END;
    try {
      await session.run();
    } catch (error) {
      const ownReason = this.#isStopping ? "this server is stopping" : session.endReason;
      reason = ownReason ?? String(error);
      if (isBug(error)) this.#options.log.error("client.bug", { peer, reason: stackOf(error) });
    } finally {
      this.#sessions.delete(session);
      this.#supervisor.remove(session);
      if (ticket.isRefused) reason = "too many connections";
      ticket.release();
      closeQuietly(connection);
      // A balancer that looks whether the port is open asks nothing, every second for years.
      const isProbe = reason === GOOD_END && session.progress === 0;
      log[isProbe ? "debug" : "info"]("connection.closed", { peer, reason });
    }
  }
}
