// How many descriptors this process may still open. The limit itself may be read by those alone who may
// do everything (`/proc/self/limits`), so it is tried out: some microseconds for each.

import { closeSync, openSync } from "node:fs";
import type { Log } from "../../base/log.ts";
import { fitLimits, neededDescriptors, type OwnNeeds } from "../../server/descriptors.ts";
import type { Limits } from "../../server/limits.ts";

/** Counts descriptors that are free, up to `most`, by opening a file that may be read. */
export function freeDescriptors(file: string, most: number): number {
  const open: number[] = [];
  try {
    while (open.length < most) open.push(openSync(file, "r"));
  } catch {
    // There are no more, of this process or of the machine.
  } finally {
    for (const descriptor of open) closeSync(descriptor);
  }
  return open.length;
}

/**
 * The limits that this process has descriptors for; the log hears of it if they are lower than those
 * asked for. `file` is one that may be read.
 */
export function limitsByDescriptors(
  limits: Limits,
  own: OwnNeeds,
  { file, log }: { readonly file: string; readonly log: Log },
): Limits {
  const needed = neededDescriptors(limits, own);
  const free = freeDescriptors(file, needed);
  if (free >= needed) return limits;
  const fitted = fitLimits(limits, own, free);
  log.warn("descriptors.few", {
    free,
    needed,
    clients: fitted.maxConnections,
    http: fitted.maxHttpConnections,
    remedy: `raise 'ulimit -n' by ${needed - free}, or lower the limits of connections`,
  });
  return fitted;
}
