// A port of a server, plain or over TLS, for as long as it is open.

import { formatAddress } from "../base/address.ts";
import { inBackground } from "../base/background.ts";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { accepted, type Certificate, type ListenAt, type PortName, tune } from "./tcp.ts";
import type { Transport } from "./tls/byte_duplex.ts";
import { TlsServer } from "./tls/server_tls.ts";

export interface TcpPortContext {
  /** Whom it is for. */
  readonly port: PortName;
  /** The certificate for TLS, read anew for each connection; plain TCP when left out. */
  readonly certificate?: Certificate | undefined;
  /** Protocols that are spoken over TLS (RFC 7301); left out, that is not asked. */
  readonly alpnProtocols?: string[];
  /** Times the wait after an accept that failed. */
  readonly clock: Clock;
  /** Hears of accepts that fail. */
  readonly log: Log;
  /** Takes a connection that has come. `peer` is its address, `host:port`. Does not throw. */
  accept(connection: Transport, peer: string): void;
}

/** An open port. */
export class TcpPort {
  readonly #context: TcpPortContext;
  readonly #tls: TlsServer | undefined;
  readonly #listener: Deno.TcpListener;
  readonly #accepting: Promise<void>;

  /** Listens at once. Throws what `Deno.listen` throws, such as `Deno.errors.AddrInUse`. */
  constructor(at: ListenAt, context: TcpPortContext) {
    this.#context = context;
    const { certificate, alpnProtocols = [] } = context;
    this.#tls = certificate && new TlsServer(certificate, alpnProtocols);
    this.#listener = "accept" in at ? at : Deno.listen(at);
    this.#accepting = inBackground(this.#accept());
  }

  /** Address at which it listens. */
  get address(): Deno.NetAddr {
    return this.#listener.addr;
  }

  /** Takes no more connections; those that are open go on. */
  async close(): Promise<void> {
    this.#listener.close();
    await this.#accepting;
  }

  async #accept(): Promise<void> {
    for await (const connection of accepted(this.#listener, this.#context)) {
      const { hostname, port } = connection.remoteAddr;
      tune(connection);
      const secured = this.#tls?.secure(connection) ?? connection;
      this.#context.accept(secured, formatAddress(hostname, port));
    }
  }
}
