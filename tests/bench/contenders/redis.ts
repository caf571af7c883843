// Redis as a contender: GEOADD of random places under random names, by its own redis-benchmark, in
// memory alone. The nearest thing that people run in place of a herd's one server.

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
export async function startRedis({ folder }: Bench): Promise<Contender | string> {
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
  let perSecond = 0;
  return {
    label: "Redis GEOADD",
    async measure(shape) {
      const requests = Math.ceil(perSecond * shape.seconds) || FIRST_REQUESTS;
      const measurement = await measure(child.pid, port, shape, requests);
      perSecond = measurement.perSecond;
      return measurement;
    },
    [Symbol.asyncDispose]: () => endProcess(child, "SIGKILL").then(() => {}),
  };
}

async function measure(
  pid: number,
  port: number,
  { connections, depth }: Shape,
  requests: number,
): Promise<Measurement> {
  const cpuBefore = cpuSeconds(pid);
  const { success, stdout, stderr } = await new Deno.Command("redis-benchmark", {
    args: [
      ...["-p", `${port}`, "-c", `${connections}`, "-P", `${depth}`, "-n", `${requests}`],
      ...["-r", "10000", "--csv", ...GEOADD],
    ],
    stdout: "piped",
    stderr: "piped",
  }).output();
  const text = new TextDecoder();
  const output = text.decode(stdout);
  const perSecond = Number(/^"GEOADD[^"]*","([\d.]+)"/m.exec(output)?.[1]);
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
