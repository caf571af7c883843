// Errors that nothing catches: bugs. A server ends at the first one, by a clean stop.

import { stackOf } from "../../base/errors.ts";
import { LimitedLog } from "../../base/limited_log.ts";
import type { Log } from "../../base/log.ts";
import type { Context } from "../command/context.ts";

/** The exit status after a bug. */
export const BUG_STATUS = 1;

/** The longest that a stop after a bug may take, in milliseconds: what holds it up may be the bug. */
const STOP_MS = 30_000;

/** Watches for bugs until it is disposed of. */
export interface BugWatch extends Disposable {
  /** Aborts at the first bug. */
  readonly signal: AbortSignal;
}

/** Logs each bug, and ends the process if the clean stop that follows the first one takes too long. */
export function watchForBugs(
  log: Log,
  { clock, onUncaught }: Pick<Context, "clock" | "onUncaught">,
): BugWatch {
  const found = new AbortController();
  const limitedLog = new LimitedLog({ log, clock });
  const watch = onUncaught((error) => {
    limitedLog.error("server.bug", { reason: stackOf(error) });
    if (found.signal.aborted) return;
    found.abort();
    clock.after(STOP_MS, () => Deno.exit(BUG_STATUS));
  });
  return { signal: found.signal, [Symbol.dispose]: () => watch[Symbol.dispose]() };
}
