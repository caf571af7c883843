// TCP as a server uses it: addresses, and connections taken from a listener for as long as it is open,
// also when the machine has run out of what a connection needs.

import type { Clock } from "../base/clock.ts";
import { LimitedLog } from "../base/limited_log.ts";
import type { Log } from "../base/log.ts";
import { after, until } from "../base/waiting.ts";

/** An address to listen on or to dial. */
export interface Address {
  /** A host name or an IP address; IPv6 without brackets. */
  readonly hostname: string;
  /** A TCP port; 0 to listen on a free one. */
  readonly port: number;
}

/** An address to listen at, or a listener that is open already. */
export type ListenAt = Address | Deno.TcpListener;

/** Whom a port is for. */
export type PortName = "clients" | "links" | "http";

/** A certificate and its key, as PEM. */
export interface Certificate {
  readonly cert: string;
  readonly key: string;
}

/** The wait after an accept that failed, in milliseconds: most often for want of descriptors. */
const ACCEPT_PAUSE_MS = 50;

/**
 * The connections of a listener, as `Deno.listen` gives one, until it is closed. The log hears of the
 * first failure of a row, and of the first connection after it.
 */
export async function* accepted<Connection>(
  listener: AsyncIterable<Connection>,
  { clock, log, port }: { readonly clock: Clock; readonly log: Log; readonly port: PortName },
): AsyncGenerator<Connection, void> {
  const limitedLog = new LimitedLog({ clock, log });
  let failures = 0;
  for (;;) {
    try {
      for await (const connection of listener) {
        if (failures > 0) limitedLog.info("accept.working", { port, failures });
        failures = 0;
        yield connection;
      }
      return;
    } catch (error) {
      if (failures++ === 0) limitedLog.warn("accept.failing", { port, reason: String(error) });
      await until(after(clock, ACCEPT_PAUSE_MS));
    }
  }
}

/**
 * Sends small writes at once, and has the kernel find out about a peer that has vanished: how soon is
 * the system's to say (`net.ipv4.tcp_keepalive_time` on Linux, two hours unless it is set).
 */
export function tune(connection: Deno.TcpConn): void {
  try {
    connection.setNoDelay(true);
    connection.setKeepAlive(true);
  } catch {
    // Reset already: the first read or write says so.
  }
}
