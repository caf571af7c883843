// Redis as a contender, in memory alone and loaded by its own redis-benchmark: GEOADD of random places under
// random names, the nearest thing that people run in place of a herd's one server, and GEOSEARCH.

import { endProcess } from "../../../src/cli/server/server_process.ts";
import { until } from "../../support/waiting.ts";
import type { Bench } from "../cases/bench_case.ts";
import type { Contender, Measurement, Shape } from "./contender.ts";
import { freePort } from "../../support/processes/ports.ts";
import { cpuSeconds } from "../figures/processes.ts";

/** Requests of the first round, which tells how many fill the time of those after it. */
const FIRST_REQUESTS = 20_000;

const GEOADD = ["GEOADD", "pos", "-118.__rand_int__", "34.__rand_int__", "c__rand_int__"];

/** Starts Redis on a free port; the reason when it is not installed. */
export async function startRedis(bench: Bench): Promise<Contender | string> {
  const redis = await openRedis(bench);
  if (typeof redis === "string") return redis;
  const contender = redis.contender("Redis GEOADD", { command: GEOADD, first: FIRST_REQUESTS });
  return { ...contender, [Symbol.asyncDispose]: () => redis[Symbol.asyncDispose]() };
}

/** A command of redis-benchmark, and how often it is given at first. */
interface Loaded {
  readonly command: readonly string[];
  readonly first: number;
}

/** A Redis that runs. */
export interface RedisServer extends AsyncDisposable {
  readonly port: number;
  /** The server under one command. To dispose of the contender ends nothing. */
  contender(label: string, loaded: Loaded): Contender;
}

/** Starts Redis on a free port; the reason when it is not installed. */
export async function openRedis({ folder }: Bench): Promise<RedisServer | string> {
  const port = freePort();
  const args = ["--port", `${port}`, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"];
  let child: Deno.ChildProcess;
  try {
    child = new Deno.Command("redis-server", {
      args: [...args, "--dir", folder],
      stdin: "null",
      stdout: "null",
    }).spawn();
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    return "Redis is left out: there is no redis-server";
  }
  await until(() => Deno.connect({ hostname: "127.0.0.1", port }).then(close, () => false));
  return {
    port,
    contender(label, { command, first }) {
      let perSecond = 0;
      return {
        label,
        async measure(shape) {
          const requests = Math.ceil(perSecond * shape.seconds) || first;
          const measurement = await measure({ pid: child.pid, port, command }, shape, requests);
          perSecond = measurement.perSecond;
          return measurement;
        },
        [Symbol.asyncDispose]: () => Promise.resolve(),
      };
    },
    [Symbol.asyncDispose]: () => endProcess(child, "SIGKILL").then(() => {}),
  };
}

async function measure(
  { pid, port, command }: {
    readonly pid: number;
    readonly port: number;
    readonly command: readonly string[];
  },
  { connections, depth }: Shape,
  requests: number,
): Promise<Measurement> {
  const cpuBefore = cpuSeconds(pid);
  const { success, stdout, stderr } = await new Deno.Command("redis-benchmark", {
    args: [
      ...["-p", `${port}`, "-c", `${connections}`, "-P", `${depth}`, "-n", `${requests}`],
      ...["-r", "10000", "--csv", ...command],
    ],
    stdout: "piped",
    stderr: "piped",
  }).output();
  const text = new TextDecoder();
  const output = text.decode(stdout);
  const perSecond = Number(new RegExp(`^"${command[0]}[^"]*","([\\d.]+)"`, "m").exec(output)?.[1]);
  if (!success || Number.isNaN(perSecond)) {
    throw new Error(`redis-benchmark failed: ${text.decode(stderr) || output}`);
  }
  const cpu = cpuSeconds(pid) - cpuBefore;
  return {
    perSecond,
    cpuMicros: cpu / requests * 1e6,
    serverShare: cpu / requests * perSecond,
    generatorShare: NaN,
    latency: undefined,
  };
}

function close(connection: Deno.Conn): true {
  connection.close();
  return true;
}
