// A port of a server, plain or over TLS, for as long as it is open.

import { formatAddress } from "../base/address.ts";
import { inBackground } from "../base/background.ts";
import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { accepted, type Address, type Certificate, type PortName, tune } from "./tcp.ts";

/** What a port works with. */
export interface TcpPortContext {
  /** Whom it is for. */
  readonly port: PortName;
  /** The certificate for TLS; plain TCP when left out. */
  readonly certificate?: Certificate | undefined;
  /** What is spoken over TLS (RFC 7301); left out, that is not asked. */
  readonly alpnProtocols?: string[];
  /** Times the wait after an accept that failed. */
  readonly clock: Clock;
  /** Hears of accepts that fail. */
  readonly log: Log;
  /** Takes a connection that has come. `peer` is its address, `host:port`. Does not throw. */
  accept(connection: Deno.TcpConn | Deno.TlsConn, peer: string): void;
}

/** An open port. */
export class TcpPort {
  readonly #context: TcpPortContext;
  readonly #listener: Deno.Listener<Deno.TcpConn | Deno.TlsConn, Deno.NetAddr>;
  readonly #accepting: Promise<void>;

  /** Listens at once. Throws what `Deno.listen` throws, such as `Deno.errors.AddrInUse`. */
  constructor(address: Address, context: TcpPortContext) {
    this.#context = context;
    this.#listener = listen(address, context);
    this.#accepting = inBackground(this.#accept());
  }

  /** Where it listens. */
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
      this.#context.accept(connection, formatAddress(hostname, port));
    }
  }
}

function listen(address: Address, { certificate, alpnProtocols = [] }: TcpPortContext) {
  if (certificate === undefined) return Deno.listen(address);
  const { cert, key } = certificate;
  return Deno.listenTls({ ...address, cert, key, alpnProtocols });
}
