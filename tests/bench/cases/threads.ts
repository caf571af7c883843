// True if one machine's second core would help one server: measured with processes, which are what
// threads with a listener each (`reusePort`) would come to. As members of one herd they must tell each
// other everything; those that share nothing show what could be had at the very most.

import type { Bench, BenchCase } from "./bench_case.ts";
import { type HerdServers, startHerdServers } from "../herd/herd_servers.ts";
import { type Figure, figure } from "../figures/result.ts";
import { ratiosOf, spreadOf } from "../figures/statistics.ts";
import { PLAIN } from "../herd/variants.ts";

/** One server that takes all, beside two that each take half. */
export const threads: BenchCase = {
  name: "threads",
  title: "One server or two on the same cores: IAMAT pipelined 100 deep over 10 connections",
  isExtra: true,
  async run(bench) {
    await using stack = new AsyncDisposableStack();
    const start = async (count: number) =>
      stack.use(await startHerdServers(bench, { count, variant: PLAIN }));
    const [one, two, other] = [await start(1), await start(2), await start(1)];
    const setups = [
      { label: "one server", herds: [one] },
      { label: "two members of one herd", herds: [two] },
      { label: "two that share nothing", herds: [one, other] },
    ].map((it) => ({ ...it, rates: [] as number[], cpuMicros: [] as number[] }));
    const rounds = bench.isQuick ? 2 : 7;
    for (let round = 0; round <= rounds; round++) {
      for (const { label, herds, rates, cpuMicros } of setups) {
        bench.progress(`round ${round} of ${rounds}: ${label}`);
        const { rate, cpu } = await measure(bench, herds);
        if (round === 0) continue;
        rates.push(rate);
        cpuMicros.push(cpu);
      }
    }
    return {
      rows: setups.map(({ label, rates, cpuMicros }, index) => {
        const figures: Record<string, Figure> = {
          "requests/s": figure(spreadOf(rates), "/s"),
          "CPU/request": figure(spreadOf(cpuMicros), "us"),
        };
        if (index > 0) figures["of one"] = figure(ratiosOf(rates, setups[0]!.rates), "x");
        return { label, figures };
      }),
      notes: ["Threads would be worth their price from 1.6 times on."],
    };
  },
};

async function measure({ generator, isQuick }: Bench, herds: readonly HerdServers[]) {
  const cpuSeconds = () => herds.reduce((sum, it) => sum + it.cpuSeconds(), 0);
  const before = cpuSeconds();
  const result = await generator.load({
    ports: herds.flatMap((it) => it.ports),
    connections: 10,
    depth: 100,
    seconds: isQuick ? 0.3 : 0.8,
    warmup: 0.1,
  });
  return {
    rate: result.requests / result.seconds,
    cpu: (cpuSeconds() - before) / result.allRequests * 1e6,
  };
}
