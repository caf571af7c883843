// Who is measured beside a server of the herd: servers that answer lines or commands on loopback, each
// a process of its own. One that this machine cannot run is left out, and said to be.

import { endProcess } from "../../../src/cli/server/server_process.ts";
import type { Bench } from "../cases/bench_case.ts";
import { compile, type LoadKind } from "../generator/generator.ts";
import { startHerdServers } from "../herd/herd_servers.ts";
import { cpuSeconds, startAndReadLine } from "../figures/processes.ts";
import type { Contender } from "./contender.ts";
import { startRedis } from "./redis.ts";
import { PLAIN, type Variant } from "../herd/variants.ts";

/** A contender by its name, started; or why it is left out. */
export type Starter = (bench: Bench) => Promise<Contender | string>;

/** Everybody who may be measured. */
export const STARTERS = {
  herd: (bench) => startHerdContender(bench, PLAIN),
  cEcho: (bench) => startC(bench, "C echo", "echo"),
  cLines: (bench) => startC(bench, "C lines", "lines"),
  denoEcho: startDenoEcho,
  asyncio: startAsyncio,
  redis: startRedis,
} satisfies Record<string, Starter>;

/** A lone server of the herd. */
export async function startHerdContender(
  bench: Bench,
  variant: Variant,
  label = "Herd",
): Promise<Contender> {
  const servers = await startHerdServers(bench, { count: 1, variant });
  const { pid, port } = servers.all[0]!;
  return lineServer(bench, label, pid, port, undefined, servers);
}

/** A server in C: one that sends everything back, or one that does what there is to do with a line. */
async function startC(
  bench: Bench,
  label: string,
  name: "echo" | "lines",
): Promise<Contender | string> {
  if (bench.compiler === undefined) return `${label} is left out: there is no compiler of C`;
  const source = new URL(`references/${name}.c`, import.meta.url);
  const program = await compile(bench.compiler, source, bench.folder);
  if (program === undefined) return `${label} is left out: it does not compile on this system`;
  return await startLineServer(bench, label, name === "echo" ? "echo" : undefined, program, []);
}

function startDenoEcho(bench: Bench): Promise<Contender> {
  const path = new URL("./references/echo.ts", import.meta.url).pathname;
  const args = ["run", "--quiet", "--no-prompt", "--allow-net=127.0.0.1", path];
  return startLineServer(bench, "Deno echo", "echo", Deno.execPath(), args);
}

async function startAsyncio(bench: Bench): Promise<Contender | string> {
  const path = new URL("./references/iamat.py", import.meta.url).pathname;
  try {
    return await startLineServer(bench, "asyncio", undefined, "python3", [path]);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return "asyncio is left out: there is no python3";
  }
}

/** Starts a server that prints its port; see {@link lineServer} for `kind`. */
export async function startLineServer(
  bench: Bench,
  label: string,
  kind: LoadKind | undefined,
  command: string,
  args: readonly string[],
): Promise<Contender> {
  const { child, line } = await startAndReadLine(command, args);
  return lineServer(bench, label, child.pid, Number(line), kind, {
    async [Symbol.asyncDispose]() {
      await endProcess(child, "SIGKILL");
      await child.stdout.cancel();
    },
  });
}

/**
 * A contender of a running server. `kind` is what it answers to whatever is asked of it: an echo sends
 * everything back.
 */
export function lineServer(
  { generator }: Bench,
  label: string,
  pid: number,
  port: number,
  kind: LoadKind | undefined,
  process: AsyncDisposable,
): Contender {
  return {
    label,
    async measure(shape) {
      const cpuBefore = cpuSeconds(pid);
      const result = await generator.load({
        ports: [port],
        ...shape,
        kind: kind ?? shape.kind,
        warmup: shape.seconds / 4,
      });
      const cpu = cpuSeconds(pid) - cpuBefore;
      const perSecond = result.requests / result.seconds;
      return {
        perSecond,
        cpuMicros: cpu / result.allRequests * 1e6,
        serverShare: cpu / result.allRequests * perSecond,
        generatorShare: result.cpuSeconds / result.seconds,
        latency: result,
      };
    },
    [Symbol.asyncDispose]: () => process[Symbol.asyncDispose](),
  };
}
