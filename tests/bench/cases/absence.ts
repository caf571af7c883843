// A server that was away: how soon it has what it missed, and whether the one that tells it all keeps
// its own clients waiting meanwhile.

import { Asker } from "../herd/asker.ts";
import type { BenchCase } from "./bench_case.ts";
import { latencyFigures } from "../contenders/contest.ts";
import { startHerdServers, untilLevel } from "../herd/herd_servers.ts";
import { curveOf, summarize } from "../figures/latency.ts";
import type { Row } from "../figures/result.ts";
import { DURABLE, PLAIN, TLS } from "../herd/variants.ts";

const CLIENTS = 50_000;
const FLOODED_CLIENTS = 900_000;

/** Welsh is away while every client moves. */
export const absence: BenchCase = {
  name: "absence",
  title: "Welsh was away while 50,000 clients moved: from start until it has all",
  async run(bench) {
    const rows: Row[] = [];
    for (const variant of [PLAIN, DURABLE, TLS]) {
      const { label } = variant;
      await using servers = await startHerdServers(bench, { count: 5, variant });
      bench.progress(label);
      const goloman = servers.server("Goloman").port;
      const load = { connections: 10, depth: 100, requests: CLIENTS, clients: CLIENTS };
      await bench.generator.load({ ports: [goloman], ...load, inOrder: true });
      await untilLevel(servers.ports);
      await servers.stop("Welsh");
      await bench.generator.load({ ports: [goloman], ...load, inOrder: true });
      using asker = await Asker.connect(goloman);
      await asker.tell("last-of-all");
      const startedMs = performance.now();
      const welsh = await servers.start("Welsh");
      using witness = await Asker.connect(welsh.port);
      await witness.untilKnown("last-of-all");
      const allMs = performance.now() - startedMs;
      const ms = allMs - welsh.startMs;
      rows.push({
        label,
        figures: {
          "listens after": { value: welsh.startMs, unit: "ms" },
          "has all after another": { value: ms, unit: "ms" },
          "records/s": { value: CLIENTS / ms * 1000, unit: "/s" },
        },
      });
    }
    return { rows };
  },
};

/** One server tells another server 900,000 records while clients ask the first. */
export const starvation: BenchCase = {
  name: "starvation",
  title: "Replies of a server that floods 900,000 records at full speed",
  async run(bench) {
    const clients = bench.isQuick ? FLOODED_CLIENTS / 4 : FLOODED_CLIENTS;
    await using servers = await startHerdServers(bench, { count: 2, variant: PLAIN });
    const [leader, follower] = ["S1", "S2"] as const;
    await servers.stop(follower, "SIGKILL");
    const ports = [servers.server(leader).port];
    bench.progress(`${clients} clients`);
    const fill = { connections: 10, depth: 100, requests: clients, clients, inOrder: true };
    await bench.generator.load({ ports, ...fill });
    using asker = await Asker.connect(ports[0]!);
    await asker.tell("last-of-all");
    const probe = { ports, connections: 20, rate: 2_000, clients, seconds: 1 };
    bench.progress("at rest");
    const atRest = await bench.generator.load(probe);
    bench.progress("flooding");
    const startedMs = performance.now();
    const { port, startMs } = await servers.start(follower);
    using witness = await Asker.connect(port);
    await witness.untilKnown("c000000000000");
    const flooding = await bench.generator.load(probe);
    const isStillFlooding = await witness.find("last-of-all") === undefined;
    await witness.untilKnown("last-of-all");
    const floodMs = performance.now() - startedMs - startMs;
    const latency = summarize(flooding);
    return {
      rows: [
        { label: "at rest", figures: latencyFigures(summarize(atRest)) },
        {
          label: "flooding",
          figures: {
            ...latencyFigures(latency),
            "records/s": { value: clients / floodMs * 1000, unit: "/s" },
          },
        },
      ],
      targets: [{
        label: "p99 of replies while flooding",
        figure: { value: latency.p99, unit: "ms" },
        bound: "at most",
        goal: 5,
      }],
      curves: [
        { label: "at rest", points: curveOf(atRest) },
        { label: "flooding", points: curveOf(flooding) },
      ],
      notes: isStillFlooding
        ? []
        : ["The flood was over before the measurement was: its figures are too good."],
    };
  },
};
