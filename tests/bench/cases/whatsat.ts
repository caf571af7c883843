// WHATSAT, answered from the gazetteer: as fast as it goes, and at a steady rate.

import type { Bench, BenchCase } from "./bench_case.ts";
import { latencyFigures } from "../contenders/contest.ts";
import type { LoadOptions, LoadResult } from "../generator/generator.ts";
import { startHerdServers } from "../herd/herd_servers.ts";
import { curveOf, merge, summarize } from "../figures/latency.ts";
import { cpuSeconds } from "../figures/processes.ts";
import { type Figure, figure, type Row } from "../figures/result.ts";
import { spreadOf } from "../figures/statistics.ts";
import { PLAIN } from "../herd/variants.ts";

const CLIENTS = 10_000;
const GOAL_PER_SECOND = 20_000;

const QUESTIONS: readonly { label: string; tail: string; rate?: number }[] = [
  { label: "50 km, 20 places", tail: "50 20" },
  { label: "10 km, 5 places", tail: "10 5" },
  { label: "the same, 10,000/s", tail: "10 5", rate: GOAL_PER_SECOND / 2 },
];

/** The case. */
export const whatsat: BenchCase = {
  name: "whatsat",
  title: "WHATSAT from the gazetteer over 20 connections",
  async run(bench) {
    await using servers = await startHerdServers(bench, {
      count: 1,
      variant: PLAIN,
    });
    const { port, pid } = servers.all[0]!;
    const ports = [port];
    const clients = { clients: CLIENTS, connections: 20 };
    await bench.generator.load({ ports, ...clients, inOrder: true, requests: CLIENTS });
    const results = QUESTIONS.map((question) => ({ question, rounds: [] as Round[] }));
    const rounds = bench.isQuick ? 1 : 4;
    for (let round = 0; round <= rounds; round++) {
      for (const { question, rounds } of results) {
        bench.progress(`round ${round}: ${question.label}`);
        const { tail, rate } = question;
        const load = { ports, ...clients, kind: "whatsat", tail, ...rate && { rate } } as const;
        const measured = await measure(bench, pid, load);
        if (round > 0) rounds.push(measured);
      }
    }
    const [, fastest, steady] = results.map((it) => ({
      rate: spreadOf(it.rounds.map(perSecond)),
      latency: summarize(merge(it.rounds)),
    }));
    return {
      rows: results.map(({ question, rounds }) => rowOf(question.label, rounds)),
      targets: [{
        label: "WHATSAT/s, 10 km, 5 places",
        figure: figure(fastest!.rate, "/s"),
        bound: "at least",
        goal: GOAL_PER_SECOND,
      }, {
        label: "p99 of WHATSAT at 10,000/s",
        figure: { value: steady!.latency.p99, unit: "ms" },
        bound: "at most",
        goal: 10,
      }],
      curves: results.map(({ question, rounds }) => ({
        label: question.label,
        points: curveOf(merge(rounds)),
      })),
    };
  },
};

interface Round extends LoadResult {
  readonly cpuMicros: number;
}

async function measure({ generator, isQuick }: Bench, pid: number, load: LoadOptions) {
  const before = cpuSeconds(pid);
  const result = await generator.load({ ...load, seconds: isQuick ? 0.3 : 1, warmup: 0.1 });
  return { ...result, cpuMicros: (cpuSeconds(pid) - before) / result.allRequests * 1e6 };
}

function perSecond({ requests, seconds }: Round): number {
  return requests / seconds;
}

function rowOf(label: string, rounds: readonly Round[]): Row {
  const figures: Record<string, Figure> = {
    "requests/s": figure(spreadOf(rounds.map(perSecond)), "/s"),
    ...latencyFigures(summarize(merge(rounds))),
    "CPU/request": figure(spreadOf(rounds.map((it) => it.cpuMicros)), "us"),
  };
  return { label, figures };
}
