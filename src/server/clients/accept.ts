// Takes connections from a listener for as long as it is open, also when the machine has run out of
// what a connection needs: then it waits and goes on, and whoever is connected is served meanwhile.

import type { Clock } from "../../base/clock.ts";
import { LimitedLog } from "../../base/limited_log.ts";
import type { Log } from "../../base/log.ts";

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
      await new Promise<void>((resolve) => void clock.after(ACCEPT_PAUSE_MS, resolve));
    }
  }
}
