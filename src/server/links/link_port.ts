// The port of links in a herd with TLS. Whoever comes has a handshake's time to show a certificate of
// the herd's CA; what is asked for then is for the links to judge. Clients have another port.

import { inBackground } from "../../base/background.ts";
import type { Clock } from "../../base/clock.ts";
import { LimitedLog } from "../../base/limited_log.ts";
import type { Log } from "../../base/log.ts";
import { closeQuietly, type Connection } from "../../base/connection.ts";
import { hostOf, networkOf } from "../../base/address.ts";
import { reasonOf } from "../../base/errors.ts";
import { Handshakes } from "../../flood/crowd.ts";
import { LinkError, type LinkTimings } from "../../flood/environment.ts";
import type { ListenAt } from "../tcp.ts";
import { TcpPort } from "../tcp_port.ts";
import type { Transport } from "../tls/byte_duplex.ts";
import { dateOf, daysBetween, EXPIRES_SOON_DAYS } from "../tls/own_credentials.ts";
import { acceptTls, type Certified } from "./tls.ts";
import type { Credentials } from "../tls/tls_files.ts";

/** The use of TLS by a server. */
export interface NodeTls {
  /** The server's own certificate, and those that it believes. */
  readonly credentials: Credentials;
  /** Reads the files again; rejects when they cannot be used. Left out, they do not change. */
  readonly reread?: (() => Promise<Credentials>) | undefined;
  /** The links that take neighbours in. */
  readonly linkAddress: ListenAt;
  /** True if the clients' port speaks TLS too. */
  readonly clients: boolean;
}

/** Parts that the port works with. */
export interface LinkPortContext {
  /** Serves a connection of the server of that name until it ends, and closes it. */
  accept(connection: Connection, peer: string, name: string): Promise<void>;
  /** The server's own certificate, and those that it believes. */
  readonly credentials: Credentials;
  /** Times handshakes. */
  readonly clock: Clock;
  /** Hears of who is refused, and why. */
  readonly log: Log;
  /** Longest time that a TLS handshake may take, and how many may be under way. */
  readonly timings: Pick<LinkTimings, "handshakeMs" | "maxHandshakes">;
}

/** An open port. Closing it does not end links: they are the `Links`' to end. */
export class LinkPort {
  readonly #context: LinkPortContext;
  /** For what strangers cause. */
  readonly #limitedLog: LimitedLog;
  readonly #port: TcpPort;
  readonly #serving = new Set<Promise<void>>();
  readonly #handshakes: Handshakes<Handshake>;

  /** Listens at once. Throws what `Deno.listen` throws. */
  constructor(address: ListenAt, context: LinkPortContext) {
    this.#context = context;
    this.#limitedLog = new LimitedLog(context);
    this.#handshakes = new Handshakes(context, "the TLS handshake");
    this.#port = new TcpPort(address, {
      ...context,
      port: "links",
      accept: (connection, peer) => this.#accept(connection, peer),
    });
  }

  /** Address at which it listens. */
  get address(): Deno.NetAddr {
    return this.#port.address;
  }

  /** Takes no more connections and ends handshakes. Resolves when its links have ended too. */
  async close(): Promise<void> {
    await this.#port.close();
    this.#handshakes.end("this server is stopping");
    await Promise.all(this.#serving);
  }

  #accept(connection: Transport, peer: string): void {
    const serving = inBackground(this.#serve(connection, peer))
      .finally(() => this.#serving.delete(serving));
    this.#serving.add(serving);
  }

  async #serve(connection: Transport, peer: string): Promise<void> {
    const { accept } = this.#context;
    try {
      const { connection: secured, name, expires } = await this.#shakeHands(connection, peer);
      this.#lookAtAge(name, expires);
      await accept(secured, peer, name);
    } catch (error) {
      this.#limitedLog.warn("link.refused", { peer, reason: reasonOf(error) });
    }
  }

  /** A neighbour whose certificate expires will be gone from one moment to the next. */
  #lookAtAge(neighbour: string, expires: Date): void {
    const days = daysBetween(dateOf(this.#context.clock), expires);
    if (days >= EXPIRES_SOON_DAYS) return;
    const reason = `the certificate of '${neighbour}' expires soon`;
    this.#limitedLog.warn("tls.expires", { neighbour, days, reason });
  }

  async #shakeHands(connection: Transport, peer: string): Promise<Certified> {
    const { credentials } = this.#context;
    const handshake = new Handshake(connection);
    using _underWay = this.#handshakes.begin(handshake, networkOf(hostOf(peer)));
    try {
      return await acceptTls(connection, credentials);
    } catch (error) {
      throw handshake.endReason ?? error;
    }
  }
}

/** A handshake that may be ended from here. */
class Handshake {
  readonly #connection: Transport;
  endReason: LinkError | undefined;

  constructor(connection: Transport) {
    this.#connection = connection;
  }

  end(reason: string): void {
    this.endReason ??= new LinkError(reason);
    closeQuietly(this.#connection);
  }
}
