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

/** The wait after an accept that failed, in milliseconds: most often for want of descriptors. */
const ACCEPT_PAUSE_MS = 50;

/**
 * The connections of a listener, as `Deno.listen` gives one, until it is closed. The log hears of the
 * first failure of a row, and of the first connection after it.
 */
export async function* accepted<Connection>(
  listener: AsyncIterable<Connection>,
  { clock, log }: { readonly clock: Clock; readonly log: Log },
): AsyncGenerator<Connection, void> {
  const limitedLog = new LimitedLog({ clock, log });
  let failures = 0;
  for (;;) {
    try {
      for await (const connection of listener) {
        if (failures > 0) limitedLog.info("accept.working", { failures });
        failures = 0;
        yield connection;
      }
      return;
    } catch (error) {
      if (failures++ === 0) limitedLog.warn("accept.failing", { reason: String(error) });
      await until(after(clock, ACCEPT_PAUSE_MS));
    }
  }
}

/** Sends small writes at once. */
export function setNoDelay(connection: Deno.TcpConn): void {
  try {
    connection.setNoDelay(true);
  } catch {
    // Reset already: the first read or write says so.
  }
}
