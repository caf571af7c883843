// A server's own port: plain TCP, or TLS where the herd wants it for clients too. In a herd without TLS
// neighbours come to it as well.

import { inBackground } from "../../base/background.ts";
import { formatAddress } from "../../base/address.ts";
import type { Clock } from "../../base/clock.ts";
import type { Connection } from "../../base/connection.ts";
import type { Log } from "../../base/log.ts";
import { accepted, type Address, type Certificate, tune } from "../tcp.ts";

/** What the port works with. */
export interface ClientPortContext {
  /** Serves a connection until it ends. `peer` is its address, `host:port`. */
  accept(connection: Connection, peer: string): void;
  /** The certificate for TLS; undefined for plain TCP. */
  readonly certificate: Certificate | undefined;
  /** Times the wait after an accept that failed. */
  readonly clock: Clock;
  /** Hears of accepts that fail. */
  readonly log: Log;
}

/** An open port. */
export class ClientPort {
  readonly #context: ClientPortContext;
  readonly #listener: Deno.Listener<Deno.TcpConn | Deno.TlsConn, Deno.NetAddr>;
  readonly #accepting: Promise<void>;

  /** Listens at once. Throws what `Deno.listen` throws. */
  constructor(address: Address, context: ClientPortContext) {
    this.#context = context;
    this.#listener = listen(address, context.certificate);
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
    for await (
      const connection of accepted(this.#listener, { ...this.#context, port: "clients" })
    ) {
      const { hostname, port } = connection.remoteAddr;
      tune(connection);
      this.#context.accept(connection, formatAddress(hostname, port));
    }
  }
}

function listen(address: Address, certificate: Certificate | undefined) {
  if (certificate === undefined) return Deno.listen(address);
  const { cert, key } = certificate;
  return Deno.listenTls({ ...address, cert, key });
}
