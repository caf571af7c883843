// `herd up`: the whole topology on this machine, one process a server.

import { readTopology, type Topology } from "../server/topology.ts";
import { command } from "./command.ts";
import type { Context } from "./context.ts";
import { LOG_LEVELS } from "./logging.ts";
import { endProcess, readLog, type ServerProcessOptions, spawnServer } from "./server_process.ts";
import { TOPOLOGY_OPTION } from "./topology_option.ts";

/** The wait before a server that died is started again, in milliseconds. */
const RESTART_DELAY_MS = 500;

/** `herd up`. */
export default command({
  name: "up",
  summary: "Run every server of the herd on this machine",
  details: [
    "Starts one process for each server of the topology, each with the permissions of that server " +
    "alone. Their logs appear here, each line behind its server's name. A server that dies is " +
    "started again. Ctrl-C stops all.",
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
    const stop = context.stopSignal();
    const names = [...topology.servers.keys()];
    await Promise.all(names.map((name) => keepRunning(name, options, stop, context)));
    return 0;
  },
});

async function keepRunning(
  name: string,
  options: ServerProcessOptions,
  stop: AbortSignal,
  { stdout }: Pick<Context, "stdout">,
): Promise<void> {
  const prefix = `${name.padEnd(longestName(options.topology))} | `;
  const say = (line: string) => stdout.write(`${prefix}${line}\n`);
  while (!stop.aborted) {
    const child = spawnServer(name, options);
    const end = () => void endProcess(child);
    stop.addEventListener("abort", end, { once: true });
    const [{ code, signal }] = await Promise.all([child.status, readLog(child, say)]);
    stop.removeEventListener("abort", end);
    if (stop.aborted) return;
    say(`ended with ${signal ?? `status ${code}`}, starts again in ${RESTART_DELAY_MS} ms`);
    await pause(RESTART_DELAY_MS, stop);
  }
}

function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const finish = () => {
      clearTimeout(timer);
      stop.removeEventListener("abort", finish);
      resolve();
    };
    const timer = setTimeout(finish, ms);
    stop.addEventListener("abort", finish, { once: true });
  });
}

function longestName(topology: Topology): number {
  return Math.max(...[...topology.servers.keys()].map((it) => it.length));
}
