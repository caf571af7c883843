// `herd up`: the whole topology on this machine, one process a server.

import { inBackground } from "../../base/background.ts";
import { aborted, after, onAbort, until } from "../../base/waiting.ts";
import { readTopology, type Topology } from "../../topology/topology.ts";
import { command } from "../command/definition.ts";
import type { Context } from "../command/context.ts";
import { sendSignal } from "../process/parent.ts";
import { UsageError } from "../command/errors.ts";
import {
  endProcess,
  readLog,
  type ServerProcessOptions,
  spawnServer,
} from "../server/server_process.ts";
import { greet, lastAddress } from "../status/greeting.ts";
import { SERVER_OPTIONS, type ServerValues } from "../server/server_options.ts";

/** The wait before a server that died is started again, in milliseconds. */
const RESTART_DELAY_MS = 500;

/** The exit status of a server whose configuration is wrong. */
const CONFIG_ERROR_STATUS = 2;

/** `herd up`. */
export default command({
  name: "up",
  summary: "Run every server of the herd on this machine",
  details: [
    "Starts one process for each server of the topology, each with the permissions of that server " +
    "alone and with the options given here; in a path, '{name}' stands for the server's name. " +
    "Their logs appear here, each line behind its server's name; once all listen, the page's " +
    "address and how to talk to them do, too. A server that dies is " +
    "started again. Ctrl-C stops all, and so does whatever else ends this process, SIGKILL too. A " +
    "server that cannot run as it is configured ends all, with status 2. SIGHUP goes on to servers " +
    "with a --log-file, which open it anew.",
  ],
  options: SERVER_OPTIONS,
  examples: {
    "up": "The herd of topology.json in the present folder",
    "up --durability none": "The same, in memory alone",
    "up --log-file logs/{name}.log": "Each server's log in a file of its own",
  },
  async permissions({ topology }) {
    // A topology that cannot be read is said here, not by every server.
    const { servers } = await readTopology(topology);
    const net = [...servers.values()].map(lastAddress);
    return { net, read: [topology], run: [Deno.execPath()] };
  },
  async run(given, context) {
    const topology = await readTopology(given.topology);
    refuseShared(topology, given);
    const misconfigured = new AbortController();
    const stop = AbortSignal.any([context.stopSignal(), misconfigured.signal]);
    const children = new Set<Deno.ChildProcess>();
    const renew = () => children.forEach((it) => sendSignal(it, "SIGHUP"));
    using _renewed = given.logFile === undefined ? undefined : context.onHangUp(renew);
    const names = [...topology.servers.keys()];
    inBackground(greet(topology, given.topology, { ...context, stop }));
    await Promise.all(names.map(async (name) => {
      const options = { topology, options: optionsFor(name, given), children };
      const code = await keepRunning(name, options, stop, context);
      // Starting it again would not mend a mistake in its configuration: its log says which.
      if (code === CONFIG_ERROR_STATUS) misconfigured.abort();
    }));
    return misconfigured.signal.aborted ? CONFIG_ERROR_STATUS : 0;
  },
});

/** The mark that stands for the server's name in the value of an option. */
const NAME = "{name}";

/** Refuses what servers on one machine cannot share. */
function refuseShared({ servers }: Topology, { port, dataDir, logFile }: ServerValues): void {
  if (servers.size === 1) return;
  if (port !== undefined) {
    throw new UsageError("Servers cannot share a port: give each its own in the topology");
  }
  for (const [option, path] of [["--data-dir", dataDir], ["--log-file", logFile]] as const) {
    if (path === undefined || path.includes(NAME)) continue;
    throw new UsageError(
      `Servers cannot share '${path}': put ${NAME} into the path of ${option}, which stands for the ` +
        "server's name",
    );
  }
}

/** The options of `up` as they are for one server. */
function optionsFor(name: string, given: ServerValues): ServerValues {
  const own = Object.entries(given).map(([option, value]) =>
    [option, typeof value === "string" ? value.replaceAll(NAME, name) : value] as const
  );
  return Object.fromEntries(own) as ServerValues;
}

/** Runs a server until `stop`, or until it says that it cannot run as it is configured. */
async function keepRunning(
  name: string,
  { children, ...options }: ServerProcessOptions & { readonly children: Set<Deno.ChildProcess> },
  stop: AbortSignal,
  { stdout, clock }: Pick<Context, "stdout" | "clock">,
): Promise<number> {
  const prefix = `${name.padEnd(longestName(options.topology))} | `;
  const say = (line: string) => {
    try {
      stdout.write(`${prefix}${line}\n`);
    } catch (error) {
      // Servers with log files outlive the terminal that they were started in; others end with it.
      if (options.options.logFile === undefined && !stop.aborted) throw error;
    }
  };
  while (!stop.aborted) {
    const child = spawnServer(name, options);
    children.add(child);
    const forget = onAbort(stop, () => inBackground(endProcess(child)));
    const [{ code, signal }] = await Promise.all([child.status, readLog(child, say)]);
    children.delete(child);
    forget();
    if (stop.aborted || code === CONFIG_ERROR_STATUS) return code;
    say(`ended with ${signal ?? `status ${code}`}, starts again in ${RESTART_DELAY_MS} ms`);
    await until(after(clock, RESTART_DELAY_MS), aborted(stop));
  }
  return 0;
}

function longestName(topology: Topology): number {
  return Math.max(...[...topology.servers.keys()].map((it) => it.length));
}
