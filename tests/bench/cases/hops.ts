// How long news travels: from Goloman's reply until Welsh, two hops away, answers with it.

import type { Bench, BenchCase } from "./bench_case.ts";
import { latencyFigures } from "../contenders/contest.ts";
import { startHerdServers, untilLevel } from "../herd/herd_servers.ts";
import { curveOf, type Histogram, summarize } from "../figures/latency.ts";
import { DURABLE, PLAIN, TLS, type Variant } from "../herd/variants.ts";

const RATE = 10_000;
/** Numbers of clients that nothing else is about. */
const AT_REST = 70_000_000;
const UNDER_LOAD = 80_000_000;

/** The case. */
export const hops: BenchCase = {
  name: "hops",
  title: "From Goloman's reply until Welsh, two hops away, answers with it",
  async run(bench) {
    const plain = await measure(bench, PLAIN);
    const others = [];
    for (const variant of [DURABLE, TLS]) {
      others.push({ label: variant.label, ...await measure(bench, variant) });
    }
    const rest = summarize(plain.atRest);
    const row = (label: string, times: Histogram) => ({
      label,
      figures: latencyFigures(summarize(times)),
    });
    return {
      rows: [
        row("at rest", plain.atRest),
        row("at 10,000 updates/s", plain.underLoad),
        ...others.flatMap(({ label, atRest, underLoad }) => [
          row(`${label}, at rest`, atRest),
          row(`${label}, at 10,000/s`, underLoad),
        ]),
      ],
      targets: [{
        label: "two hops at rest, p50",
        figure: { value: rest.p50, unit: "ms" },
        bound: "at most",
        goal: 2,
      }, {
        label: "two hops at rest, p99",
        figure: { value: rest.p99, unit: "ms" },
        bound: "at most",
        goal: 15,
      }],
      curves: [
        { label: "at rest", points: curveOf(plain.atRest) },
        { label: "at 10,000 updates/s", points: curveOf(plain.underLoad) },
      ],
    };
  },
};

async function measure(bench: Bench, variant: Variant) {
  await using servers = await startHerdServers(bench, { count: 5, variant });
  const { ports } = servers;
  const path = {
    from: servers.server("Goloman").port,
    to: servers.server("Welsh").port,
    samples: bench.isQuick ? 100 : 500,
    pauseMs: 4,
  };
  const { generator } = bench;
  await generator.load({ ports, connections: 10, depth: 100, requests: 50_000, clients: 50_000 });
  await untilLevel(ports);
  bench.progress(`${variant.label}: at rest`);
  await generator.hops({ ...path, samples: 100, first: AT_REST });
  const atRest = await generator.hops({ ...path, first: AT_REST + 100 });
  bench.progress(`${variant.label}: at 10,000 updates/s`);
  const seconds = bench.isQuick ? 1.5 : 4;
  const load = generator.load({ ports, connections: 50, rate: RATE, seconds, clients: 50_000 });
  const underLoad = await generator.hops({
    ...path,
    samples: bench.isQuick ? 100 : 300,
    first: UNDER_LOAD,
  });
  await load;
  return { atRest, underLoad };
}
