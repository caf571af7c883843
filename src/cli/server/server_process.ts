// Starts a server of the herd as a process of its own, with its own permissions and no more.

import { permissionsFor, toFlags } from "../../topology/permissions.ts";
import type { Topology } from "../../topology/topology.ts";
import { argumentsOf } from "../command/arguments.ts";
import { sendSignal, tied } from "../process/parent.ts";
import { SERVER_OPTIONS, type ServerValues } from "./server_options.ts";

/** Options of a start. */
export interface ServerProcessOptions {
  readonly topology: Topology;
  /** Options of `herd server`; what is left out has its default. */
  readonly options: Partial<ServerValues> & Pick<ServerValues, "topology">;
}

/** A server that runs as a child of this process and ends with it; its output is the log on standard error. */
export function spawnServer(
  name: string,
  { topology, options }: ServerProcessOptions,
): Deno.ChildProcess {
  const args = tied(["server", name, ...argumentsOf(SERVER_OPTIONS, options)]);
  const start = { ...options, topologyFile: options.topology };
  // A compiled binary carries its permissions; otherwise this very program is run again.
  const run = Deno.build.standalone ? [] : [
    "run",
    "--quiet",
    "--no-prompt",
    ...toFlags(permissionsFor(topology, name, start)),
    Deno.mainModule,
  ];
  return new Deno.Command(Deno.execPath(), {
    args: [...run, ...args],
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
}

/** Ends a process by a signal unless it has ended, and waits for it. */
export async function endProcess(
  child: Deno.ChildProcess,
  signal: Deno.Signal = "SIGTERM",
): Promise<Deno.CommandStatus> {
  sendSignal(child, signal);
  return await child.status;
}

/** Calls `onLine` with each line of a child's log, until it ends. */
export async function readLog(
  child: Deno.ChildProcess,
  onLine: (line: string) => void,
): Promise<void> {
  let rest = "";
  for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    lines.forEach(onLine);
  }
  if (rest !== "") onLine(rest);
}
