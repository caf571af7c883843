// Text that libraries write to the console, such as NATS's client when it cannot read what a server sends:
// events like others, for standard error has log lines and nothing else.

import type { Clock } from "../../base/clock.ts";
import { LimitedLog } from "../../base/limited_log.ts";
import type { Log } from "../../base/log.ts";

/** Methods of the console that write a text. */
const METHODS = ["debug", "info", "log", "warn", "error", "trace"] as const;

/** The most of a text that is shown, in UTF-16 units: it may have any bytes that came from somewhere. */
const MAX_TEXT_LENGTH = 500;

/** Logs what is written to the console as events `console`, until disposed of. */
export function captureConsole(log: Log, clock: Pick<Clock, "monotonicMs">): Disposable {
  const { console } = globalThis;
  const before = METHODS.map((method) => [method, console[method]] as const);
  const limitedLog = new LimitedLog({ log, clock });
  for (const method of METHODS) {
    console[method] = (...values: unknown[]) => {
      const text = values.map((it) => typeof it === "string" ? it : Deno.inspect(it)).join(" ");
      limitedLog.warn("console", { reason: text.slice(0, MAX_TEXT_LENGTH) });
    };
  }
  return {
    [Symbol.dispose]() {
      for (const [method, write] of before) console[method] = write;
    },
  };
}
