// The end of a herd's start: its servers, its page, and how to talk and stop, once all of them listen.

import { formatAddress } from "../../base/address.ts";
import { aborted, after, until } from "../../base/waiting.ts";
import type { ServerEntry, Topology } from "../../topology/topology.ts";
import type { Context } from "../command/context.ts";
import { shellQuoted } from "../command/shell.ts";
import { bold } from "../command/style.ts";

/** The wait between two tries to reach a server, in milliseconds. */
const TRY_MS = 200;

/** Time limit for all servers to listen, in milliseconds; after it their logs say what is wrong. */
const START_MS = 60_000;

/** The file that commands read unless told another. */
const DEFAULT_TOPOLOGY = "topology.json";

/** The address at which a server is known to listen: its HTTP port, which it opens last. */
export function lastAddress({ host, port, http }: ServerEntry): string {
  return formatAddress(host, http ?? port);
}

/**
 * Writes the greeting once every server listens. Begins before they start: nothing is written if
 * somebody else has one of their ports by then, or if `stop` comes first.
 */
export async function greet(
  topology: Topology,
  file: string,
  { stdout, clock, stop }: Pick<Context, "stdout" | "clock"> & { readonly stop: AbortSignal },
): Promise<void> {
  const ended = AbortSignal.any([stop, AbortSignal.timeout(START_MS)]);
  const servers = [...topology.servers.values()];
  if ((await Promise.all(servers.map(listens))).includes(true)) return;
  for (const server of servers) {
    while (!ended.aborted && !await listens(server)) {
      await until(after(clock, TRY_MS), aborted(ended));
    }
  }
  if (!ended.aborted) stdout.write(bold(greeting(topology, file), stdout));
}

async function listens({ host, port, http }: ServerEntry): Promise<boolean> {
  try {
    (await Deno.connect({ hostname: host, port: http ?? port })).close();
    return true;
  } catch {
    return false;
  }
}

/** The greeting: one line for each thing that a newcomer needs. */
export function greeting({ servers, tls }: Topology, file: string): string {
  const all = [...servers.values()];
  const first = all[0]!;
  const page = all.find((it) => it.http !== undefined);
  const option = file === DEFAULT_TOPOLOGY ? "" : ` --topology ${shellQuoted(file)}`;
  const scheme = tls?.http === undefined ? "http" : "https";
  const nc = tls?.clients ? "" : `, or nc ${first.host} ${first.port}`;
  const lines = [
    `${all.length} ${all.length === 1 ? "server is" : "servers are"} up: ${
      all.map((it) => it.name).join(", ")
    }`,
    page && `  page    ${scheme}://${formatAddress(page.host, page.http!)}`,
    `  talk    deno task client ${first.name}${option}${nc}`,
    page && `  watch   deno task status${option}`,
    "  stop    Ctrl-C",
  ];
  return `\n${lines.filter((it) => it !== undefined).join("\n")}\n\n`;
}
