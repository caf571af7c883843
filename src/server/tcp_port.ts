// A port of a server, plain or over TLS, for as long as it is open.

import { formatAddress } from "../base/address.ts";
import { inBackground } from "../base/background.ts";
import type { Clock } from "../base/clock.ts";
import { reasonOf } from "../base/errors.ts";
import { LimitedLog } from "../base/limited_log.ts";
import type { Log } from "../base/log.ts";
import { after, until } from "../base/waiting.ts";
import {
  ACCEPT_PAUSE_MS,
  accepted,
  type Address,
  type Certificate,
  type PortName,
  tune,
} from "./tcp.ts";

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

/** An open port. It listens anew when its certificate is renewed; connections that are open go on. */
export class TcpPort {
  /** Where it listens. */
  readonly address: Deno.NetAddr;
  readonly #context: TcpPortContext;
  readonly #accepting: Promise<void>;
  readonly #forget: (() => void) | undefined;
  #listener: Listener;
  #isClosed = false;

  /** Listens at once. Throws what `Deno.listen` throws, such as `Deno.errors.AddrInUse`. */
  constructor(address: Address, context: TcpPortContext) {
    this.#context = context;
    this.#listener = listen(address, context);
    this.address = this.#listener.addr;
    this.#accepting = inBackground(this.#accept());
    // The runtime has no other way to change what a listener shows.
    this.#forget = context.certificate?.onRenewed?.(() => this.#listener.close());
  }

  /** Takes no more connections; those that are open go on. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#forget?.();
    this.#listener.close();
    await this.#accepting;
  }

  async #accept(): Promise<void> {
    for (;;) {
      for await (const connection of accepted(this.#listener, this.#context)) {
        const { hostname, port } = connection.remoteAddr;
        tune(connection);
        this.#context.accept(connection, formatAddress(hostname, port));
      }
      if (this.#isClosed || !(await this.#listenAgain())) return;
    }
  }

  /** Gives false when the port was closed meanwhile. */
  async #listenAgain(): Promise<boolean> {
    const { clock, log, port } = this.#context;
    const limitedLog = new LimitedLog({ clock, log });
    while (!this.#isClosed) {
      try {
        this.#listener = listen(this.address, this.#context);
        return true;
      } catch (error) {
        limitedLog.error("accept.failing", { port, reason: reasonOf(error) });
        await until(after(clock, ACCEPT_PAUSE_MS));
      }
    }
    return false;
  }
}

type Listener = Deno.Listener<Deno.TcpConn | Deno.TlsConn, Deno.NetAddr>;

function listen(
  { hostname, port }: Address,
  { certificate, alpnProtocols = [] }: TcpPortContext,
): Listener {
  const address = { hostname, port };
  if (certificate === undefined) return Deno.listen(address);
  const { cert, key } = certificate;
  return Deno.listenTls({ ...address, cert, key, alpnProtocols });
}
