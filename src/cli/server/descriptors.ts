// Counts descriptors that this process may still open. The limit itself may be read by those alone who may
// do everything (`/proc/self/limits`), so it is tried out: 10 us for each, in the background.

import { closeSync, openSync } from "node:fs";
import { withDefaults } from "../../base/defaults.ts";
import { aborted, after, until } from "../../base/waiting.ts";
import { LINK_TIMINGS } from "../../flood/environment.ts";
import { GUARD_LIMITS } from "../../places/upstream/guard.ts";
import { fitLimits, neededDescriptors, type OwnNeeds } from "../../server/descriptors.ts";
import type { HerdNode } from "../../server/node.ts";
import { linkTimings } from "./limit_options.ts";
import type { ServerSetup } from "./server_setup.ts";

/** A server that has just started has better to do: it catches up with the herd. */
const COUNT_AFTER_MS = 3_000;

/** Descriptors that are opened or closed in one piece of work, of a fifth of a millisecond or so. */
const PIECE = 20;

/** The rest between two pieces of work: nothing depends on the count being soon. */
const REST_MS = 2;

/** Options for counting descriptors. */
interface CountOptions {
  /** A file that may be read. */
  readonly file: string;
  /** No more than this many are looked for; asked before each piece of work. */
  most(): number;
  /** Waited for before each piece of work. */
  rest(): Promise<unknown>;
}

/**
 * Counts descriptors that are free, up to `most`, by opening a file, and gives them back. Gives undefined
 * if the file cannot be opened.
 */
export async function freeDescriptors(
  { file, most, rest }: CountOptions,
): Promise<number | undefined> {
  const open: number[] = [];
  let isSure = true;
  try {
    for (let isOver = false; !isOver;) {
      await rest();
      const end = Math.min(most(), open.length + PIECE);
      try {
        while (open.length < end) open.push(openSync(file, "r"));
        isOver = open.length >= most();
      } catch (error) {
        isOver = true;
        isSure = isOutOfDescriptors(error);
      }
    }
    return isSure ? open.length : undefined;
  } finally {
    while (open.length > 0) {
      for (const descriptor of open.splice(-PIECE)) closeSync(descriptor);
      await rest();
    }
  }
}

/** Of this process (EMFILE) or of the machine (ENFILE). */
function isOutOfDescriptors(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  return code === "EMFILE" || code === "ENFILE";
}

/**
 * Lowers the limits of a server that listens to those that there are descriptors for; the log hears of
 * it. `connections` are those open on all ports, which have theirs already; `stop` ends the wait.
 */
export async function fitToDescriptors(
  node: Pick<HerdNode, "doors" | "limitConnections">,
  { name, options, topology }: ServerSetup,
  { connections, stop }: { readonly connections: () => number; readonly stop: AbortSignal },
): Promise<void> {
  const { limits, log, clock } = node.doors;
  await until(after(clock, COUNT_AFTER_MS), aborted(stop));
  if (stop.aborted) return;
  const own: OwnNeeds = {
    neighbours: topology.neighbours(name).length,
    maxHandshakes: withDefaults(LINK_TIMINGS, linkTimings(options)).maxHandshakes,
    maxPlacesCalls: options.maxPlacesCalls ?? GUARD_LIMITS.maxConcurrent,
  };
  const needed = neededDescriptors(limits, own);
  const lacking = () => Math.max(0, needed - connections());
  const free = await freeDescriptors({
    file: options.topology,
    most: lacking,
    rest: () => until(after(clock, REST_MS)),
  });
  if (free === undefined) return;
  if (free >= lacking()) return log.debug("descriptors.enough", { free, needed });
  const fitted = fitLimits(limits, own, free + connections());
  node.limitConnections(fitted);
  log.warn("descriptors.few", {
    free,
    needed,
    clients: fitted.maxConnections,
    http: fitted.maxHttpConnections,
    remedy: `raise 'ulimit -n' by ${needed - free}, or lower the limits of connections`,
  });
}
