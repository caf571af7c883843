// How long news travels: from Goloman's reply until Welsh, two hops away, answers with it.

import type { BenchCase } from "../bench_case.ts";
import { latencyFigures } from "../contest.ts";
import { startHerdServers, untilLevel } from "../herd_servers.ts";
import { curveOf, summarize } from "../latency.ts";
import { PLAIN } from "../variants.ts";

const RATE = 10_000;
/** Numbers of clients that nothing else is about. */
const AT_REST = 70_000_000;
const UNDER_LOAD = 80_000_000;

/** The case. */
export const hops: BenchCase = {
  name: "hops",
  title: "From Goloman's reply until Welsh, two hops away, answers with it",
  async run(bench) {
    await using servers = await startHerdServers(bench, { count: 5, variant: PLAIN });
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
    bench.progress("at rest");
    await generator.hops({ ...path, samples: 100, first: AT_REST });
    const atRest = await generator.hops({ ...path, first: AT_REST + 100 });
    bench.progress("at 10,000 updates/s");
    const seconds = bench.isQuick ? 1.5 : 4;
    const load = generator.load({ ports, connections: 50, rate: RATE, seconds, clients: 50_000 });
    const underLoad = await generator.hops({
      ...path,
      samples: bench.isQuick ? 100 : 300,
      first: UNDER_LOAD,
    });
    await load;
    const rest = summarize(atRest);
    return {
      rows: [
        { label: "at rest", figures: latencyFigures(rest) },
        { label: "at 10,000 updates/s", figures: latencyFigures(summarize(underLoad)) },
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
        { label: "at rest", points: curveOf(atRest) },
        { label: "at 10,000 updates/s", points: curveOf(underLoad) },
      ],
    };
  },
};
