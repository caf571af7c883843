// A server as a process of its own that trials are hard on, and what the system says of it.

import { cpuSeconds, residentBytes } from "../bench/figures/processes.ts";
import { until } from "../support/waiting.ts";
import { MAIN } from "../support/processes/server_process.ts";

/** How to start one. */
export interface VictimOptions {
  readonly name: string;
  readonly port: number;
  /** The topology's file. */
  readonly topology: string;
  /** The folder that it runs in. */
  readonly folder: string;
  /** Options of `herd server`. */
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** How many descriptors it may have; as many as this process if left out. */
  readonly descriptors?: number | undefined;
}

/** A running server. Disposing of it kills it. */
export interface Victim extends AsyncDisposable {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  /** Resolves when it has ended. */
  readonly status: Promise<Deno.CommandStatus>;
  /** Memory that it holds, in MiB. */
  memory(): number;
  /** Descriptors that it has open. */
  descriptors(): number;
  /** Processor time that it has used, in seconds. */
  cpu(): number;
  kill(signal: Deno.Signal): void;
}

/** Starts `herd server` and waits until it answers. */
export async function startVictim(options: VictimOptions): Promise<Victim> {
  const { name, port, topology, folder, args = [], env = {}, descriptors } = options;
  const limit = descriptors === undefined ? "true" : `ulimit -n ${descriptors}`;
  const child = new Deno.Command("sh", {
    args: [
      "-c",
      `${limit} && exec "$0" "$@"`,
      Deno.execPath(),
      ...["run", "--quiet", "--allow-all", MAIN, "server", name, "--topology", topology],
      ...["--log-level", "warn", "--log-file", `${name}.log`, "--durability", "none", ...args],
    ],
    cwd: folder,
    env: { ...env },
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).spawn();
  let hasEnded = false;
  const status = child.status.finally(() => hasEnded = true);
  await until(async () => {
    if (hasEnded) throw new Error(`${name} ended with status ${(await status).code}`);
    try {
      (await Deno.connect({ hostname: "127.0.0.1", port })).close();
      return true;
    } catch {
      return false;
    }
  }, 30_000);
  const kill = (signal: Deno.Signal) => {
    if (!hasEnded) child.kill(signal);
  };
  return {
    name,
    port,
    pid: child.pid,
    status,
    memory: () => residentBytes(child.pid) / 2 ** 20,
    descriptors: () => [...Deno.readDirSync(`/proc/${child.pid}/fd`)].length,
    cpu: () => cpuSeconds(child.pid),
    kill,
    async [Symbol.asyncDispose]() {
      kill("SIGKILL");
      await status;
    },
  };
}
