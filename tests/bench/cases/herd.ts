// Five servers: how many updates a second reach all of them, and at what cost.

import type { Bench, BenchCase } from "./bench_case.ts";
import { checkSame, type HerdServers, startHerdServers, untilLevel } from "../herd/herd_servers.ts";
import { summarize } from "../figures/latency.ts";
import { figure, type Row, type Target } from "../figures/result.ts";
import { spreadOf } from "../figures/statistics.ts";
import { DURABLE, PLAIN, SECRET, TLS } from "../herd/variants.ts";

const CLIENTS = 50_000;
const GOAL_PER_SECOND = 60_000;

/** The case. */
export const herd: BenchCase = {
  name: "herd",
  title: "Five servers, 50,000 clients: updates that reach all five",
  async run(bench) {
    const rows: Row[] = [];
    const targets: Target[] = [];
    for (const variant of [PLAIN, DURABLE, SECRET, TLS]) {
      const { label } = variant;
      await using servers = await startHerdServers(bench, { count: 5, variant });
      bench.progress(`${label}: warm-up`);
      const rates = await bursts(bench, servers, label);
      const perSecond = figure(spreadOf(rates.map((it) => it.perSecond)), "/s");
      const figures: Record<string, Row["figures"][string]> = {
        "updates/s": perSecond,
        "CPU/update": figure(spreadOf(rates.map((it) => it.cpuMicros)), "us"),
      };
      rows.push({ label, figures });
      if (variant === PLAIN) {
        targets.push({
          label: "updates/s that reach all five",
          figure: perSecond,
          bound: "at least",
          goal: GOAL_PER_SECOND,
        });
        rows.push(await sustained(bench, servers));
      }
      await checkSame(servers.ports, CLIENTS);
    }
    return {
      rows,
      targets,
      notes: [
        "In a round every client is updated once, as fast as the five servers take it, and time runs " +
        "until each server has all: no update is superseded on the way.",
      ],
    };
  },
};

async function bursts(bench: Bench, servers: HerdServers, label: string) {
  const rates: { perSecond: number; cpuMicros: number }[] = [];
  const rounds = bench.isQuick ? 2 : 6;
  for (let round = 0; round <= rounds; round++) {
    if (round > 0) bench.progress(`${label}: round ${round} of ${rounds}`);
    const rate = await burst(bench, servers, CLIENTS);
    if (round > 0) rates.push(rate);
  }
  return rates;
}

/** Updates each of `clients` once and waits until all servers have all of it. */
export async function burst({ generator }: Bench, servers: HerdServers, clients: number) {
  const { ports } = servers;
  const cpuBefore = servers.cpuSeconds();
  const load = await generator.load({
    ports,
    connections: Math.max(10, ports.length),
    depth: 100,
    requests: clients,
    clients,
    inOrder: true,
  });
  const levelMs = await untilLevel(ports);
  return {
    perSecond: clients / (load.seconds + levelMs / 1000),
    cpuMicros: (servers.cpuSeconds() - cpuBefore) / clients * 1e6,
  };
}

/** A steady load of what the target asks for, for some seconds. */
async function sustained(bench: Bench, servers: HerdServers): Promise<Row> {
  bench.progress("a steady 60,000/s");
  const cpuBefore = servers.cpuSeconds();
  const result = await bench.generator.load({
    ports: servers.ports,
    connections: 100,
    rate: GOAL_PER_SECOND,
    seconds: bench.isQuick ? 1 : 4,
    warmup: 0.5,
    clients: CLIENTS,
    inOrder: true,
  });
  const settledMs = await untilLevel(servers.ports);
  const { p50, p99 } = summarize(result);
  return {
    label: "a steady 60,000/s",
    figures: {
      "updates/s": { value: result.requests / result.seconds, unit: "/s" },
      "CPU/update": {
        value: (servers.cpuSeconds() - cpuBefore) / result.allRequests * 1e6,
        unit: "us",
      },
      "reply p50": { value: p50, unit: "ms" },
      "reply p99": { value: p99, unit: "ms" },
      "all level after": { value: settledMs, unit: "ms" },
    },
  };
}
