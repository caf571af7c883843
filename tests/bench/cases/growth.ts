// What more clients, and more servers, cost.

import type { Bench, BenchCase } from "./bench_case.ts";
import { latencyFigures } from "../contenders/contest.ts";
import { type HerdServers, startHerdServers } from "../herd/herd_servers.ts";
import { type Histogram, merge, summarize } from "../figures/latency.ts";
import { residentBytes } from "../figures/processes.ts";
import { type Figure, figure, type Row } from "../figures/result.ts";
import { ratiosOf, spreadOf } from "../figures/statistics.ts";
import { PLAIN, type Variant } from "../herd/variants.ts";
import { burst } from "./herd.ts";

/** Clients of each step of growth; the first is what the others are compared with. */
export const CLIENT_STEPS = [10_000, 100_000, 1_000_000] as const;
const SERVER_STEPS = [2, 5, 10, 30];
const MEGABYTE = 1024 * 1024;

/** A server that has been given its clients. */
export interface GrownServer {
  readonly servers: HerdServers;
  readonly clients: number;
  /** Memory before the first client, and after the last. */
  readonly emptyBytes: number;
  readonly fullBytes: number;
  /** Replies to other clients while it grew. */
  readonly whileGrowing: Histogram;
}

/** Starts a server and gives it clients at full speed, while others ask it at a steady rate. */
export async function grow(
  bench: Bench,
  clients: number,
  variant: Variant,
): Promise<GrownServer> {
  const servers = await startHerdServers(bench, { count: 1, variant });
  const { generator } = bench;
  const { pid } = servers.all[0]!;
  const { ports } = servers;
  // The code is compiled, and the buffers are there, before memory is looked at.
  await generator.load({ ports, connections: 10, depth: 100, requests: 50_000, clients: 1 });
  const emptyBytes = residentBytes(pid);
  const fill = generator.load({
    ports,
    connections: 10,
    depth: 100,
    requests: clients,
    clients,
    inOrder: true,
  });
  let isOver = false;
  const filled = fill.finally(() => isOver = true);
  const probes: Histogram[] = [];
  do {
    probes.push(await generator.load({ ports, connections: 5, rate: 1_000, seconds: 0.5 }));
  } while (!isOver);
  await filled;
  const whileGrowing = merge(probes);
  return { servers, clients, emptyBytes, fullBytes: residentBytes(pid), whileGrowing };
}

/** From ten thousand to a million clients. */
export const clients: BenchCase = {
  name: "clients",
  title: "One server with more and more clients, pipelined 100 deep over 10 connections",
  async run(bench) {
    await using stack = new AsyncDisposableStack();
    const steps = bench.isQuick ? CLIENT_STEPS.slice(0, 2) : CLIENT_STEPS;
    const grown: GrownServer[] = [];
    for (const count of steps) {
      bench.progress(`growing to ${count}`);
      const it = await grow(bench, count, PLAIN);
      stack.use(it.servers);
      grown.push(it);
    }
    const rates = await ratesInTurns(bench, grown);
    return {
      rows: grown.map((it, index) => rowOf(it, rates[index]!, rates[0]!)),
      notes: ["The latencies are those of 1,000 requests/s from others while the clients came."],
    };
  },
};

/** Requests a second of each, round by round. */
export async function ratesInTurns(
  bench: Bench,
  grown: readonly GrownServer[],
): Promise<number[][]> {
  const rates = grown.map((): number[] => []);
  const rounds = bench.isQuick ? 2 : 5;
  for (let round = 0; round <= rounds; round++) {
    for (const [index, { servers, clients }] of grown.entries()) {
      bench.progress(`round ${round} of ${rounds}: ${clients} clients`);
      const { requests, seconds } = await bench.generator.load({
        ports: servers.ports,
        connections: 10,
        depth: 100,
        seconds: bench.isQuick ? 0.3 : 0.7,
        warmup: 0.1,
        clients,
      });
      if (round > 0) rates[index]!.push(requests / seconds);
    }
  }
  return rates;
}

function rowOf(it: GrownServer, rates: readonly number[], first: readonly number[]): Row {
  const figures: Record<string, Figure> = {
    "requests/s": figure(spreadOf(rates), "/s"),
    "of the first": figure(ratiosOf(rates, first), "x"),
    "memory": { value: it.fullBytes / MEGABYTE, unit: "MB" },
    "bytes/client": { value: (it.fullBytes - it.emptyBytes) / it.clients, unit: "bytes" },
    ...latencyFigures(summarize(it.whileGrowing)),
  };
  return { label: `${it.clients.toLocaleString("en")} clients`, figures };
}

/** From two to thirty servers. */
export const servers: BenchCase = {
  name: "servers",
  title: "More and more servers: updates of 20,000 clients that reach all of them",
  async run(bench) {
    const rows: Row[] = [];
    for (const count of bench.isQuick ? SERVER_STEPS.slice(0, 2) : SERVER_STEPS) {
      bench.progress(`${count} servers`);
      await using herd = await startHerdServers(bench, { count, variant: PLAIN });
      const clients = 20_000;
      const rounds = [];
      for (let round = 0; round <= 3; round++) {
        const it = await burst(bench, herd, clients);
        if (round > 0) rounds.push(it);
      }
      const cpu = spreadOf(rounds.map((it) => it.cpuMicros));
      rows.push({
        label: `${count} servers`,
        figures: {
          "updates/s": figure(spreadOf(rounds.map((it) => it.perSecond)), "/s"),
          "CPU/update": figure(cpu, "us"),
          "CPU/update/server": { value: cpu.median / count, unit: "us" },
        },
      });
    }
    return { rows };
  },
};
