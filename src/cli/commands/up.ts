// `herd up`: the whole topology on this machine, one process a server.

import { readTopology, type Topology } from "../../topology/topology.ts";
import { command } from "../command/definition.ts";
import type { Context } from "../command/context.ts";
import { LOG_LEVELS } from "../logging/logging.ts";
import { pause } from "../command/pause.ts";
import {
  endProcess,
  readLog,
  type ServerProcessOptions,
  spawnServer,
} from "../server/server_process.ts";
import { TOPOLOGY_OPTION } from "../command/topology_option.ts";

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
    "alone. Their logs appear here, each line behind its server's name. A server that dies is " +
    "started again. Ctrl-C stops all. A server that cannot run as it is configured ends all, with " +
    "status 2.",
  ],
  options: {
    topology: TOPOLOGY_OPTION,
    logLevel: {
      kind: "string",
      placeholder: "level",
      choices: LOG_LEVELS,
      default: "info",
      description: "What the servers log",
    },
  },
  examples: { "up": "The herd of topology.json in the present folder" },
  async run({ topology: topologyFile, logLevel }, context) {
    const topology = await readTopology(topologyFile);
    const options = { topology, start: { topologyFile }, args: ["--log-level", logLevel] };
    const misconfigured = new AbortController();
    const stop = AbortSignal.any([context.stopSignal(), misconfigured.signal]);
    const names = [...topology.servers.keys()];
    await Promise.all(names.map(async (name) => {
      const code = await keepRunning(name, options, stop, context);
      // Starting it again would not mend a mistake in its configuration: its log says which.
      if (code === CONFIG_ERROR_STATUS) misconfigured.abort();
    }));
    return misconfigured.signal.aborted ? CONFIG_ERROR_STATUS : 0;
  },
});

/** Runs a server until `stop`, or until it says that it cannot run as it is configured. */
async function keepRunning(
  name: string,
  options: ServerProcessOptions,
  stop: AbortSignal,
  { stdout }: Pick<Context, "stdout">,
): Promise<number> {
  const prefix = `${name.padEnd(longestName(options.topology))} | `;
  const say = (line: string) => stdout.write(`${prefix}${line}\n`);
  while (!stop.aborted) {
    const child = spawnServer(name, options);
    const end = () => void endProcess(child);
    stop.addEventListener("abort", end, { once: true });
    const [{ code, signal }] = await Promise.all([child.status, readLog(child, say)]);
    stop.removeEventListener("abort", end);
    if (stop.aborted || code === CONFIG_ERROR_STATUS) return code;
    say(`ended with ${signal ?? `status ${code}`}, starts again in ${RESTART_DELAY_MS} ms`);
    await pause(RESTART_DELAY_MS, stop);
  }
  return 0;
}

function longestName(topology: Topology): number {
  return Math.max(...[...topology.servers.keys()].map((it) => it.length));
}
