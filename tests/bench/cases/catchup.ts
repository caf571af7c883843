// What it takes to bring a server back to what the others know: whether fresh news waits meanwhile, and
// how much is sent.

import { merge, summarize } from "../figures/latency.ts";
import type { Figure, Row, Target } from "../figures/result.ts";
import { Asker } from "../herd/asker.ts";
import { type HerdServers, startHerdServers, untilLevel } from "../herd/herd_servers.ts";
import { DURABLE } from "../herd/variants.ts";
import type { Bench, BenchCase } from "./bench_case.ts";

const RECORDS = 900_000;
/** How much later than at rest fresh news may be while there is a backlog, in milliseconds. */
const GOAL_LATER_MS = 50;

/** News that is told one after the other, with pauses, before it is looked whether the backlog is over. */
const NEWS_A_ROUND = 10;
const NEWS_PAUSE_MS = 10;
const NEWS_AT_REST = 200;

type Links = readonly (readonly [string, string])[];

const CHAIN: Links = [["A", "B"], ["B", "C"], ["C", "D"]];
const MESH: Links = ["A", "B", "C", "D", "E"].flatMap((one, index, all) =>
  all.slice(index + 1).map((other) => [one, other] as const)
);

/** News told to one server, looked for at another, while all but A are new. */
const ways = [
  { label: "chain of four, A to D", links: CHAIN, from: "A", to: "D" },
  { label: "mesh of five, A to E", links: MESH, from: "A", to: "E" },
  { label: "mesh of five, B to E", links: MESH, from: "B", to: "E" },
] as const;

/** Fresh news while new servers read all that the first one has. */
export const freshNews: BenchCase = {
  name: "fresh-news",
  title: "Fresh news while all servers but one read a backlog of 900,000 records",
  isExtra: true,
  async run(bench) {
    const records = bench.isQuick ? RECORDS / 10 : RECORDS;
    const rows: Row[] = [];
    const targets: Target[] = [];
    for (const way of ways) {
      for (const build of bench.builds) {
        const label = `${way.label}, ${build.label}`;
        bench.progress(label);
        await using herd = await startHerdServers(bench, {
          variant: DURABLE,
          links: way.links,
          first: ["A"],
          main: build.main,
        });
        await load(bench, herd, records);
        const { rest, busy, levelMs } = await measureNews(bench, herd, way);
        const ms = (value: number): Figure => ({ value, unit: "ms" });
        rows.push({
          label,
          figures: {
            "at rest, p50": ms(rest.p50),
            "at rest, p99": ms(rest.p99),
            "during it, p50": ms(busy.p50),
            "during it, p99": ms(busy.p99),
            "during it, most": ms(busy.max),
            "level after": { value: levelMs / 1000, unit: "s" },
          },
        });
        if (build.main !== undefined) continue;
        targets.push({
          label: `${way.label}: p99 later than at rest`,
          figure: ms(busy.p99 - rest.p99),
          bound: "at most",
          goal: GOAL_LATER_MS,
        });
      }
    }
    return { rows, targets };
  },
};

async function measureNews(
  { generator }: Bench,
  herd: HerdServers,
  { links, from, to }: typeof ways[number],
) {
  using asker = await Asker.connect(herd.server("A").port);
  await asker.tell("last-of-all");
  const startedMs = performance.now();
  const newcomers = [...new Set(links.flat())].filter((it) => it !== "A");
  await Promise.all(newcomers.map((it) => herd.start(it)));
  using witness = await Asker.connect(herd.server(to).port);
  const ports = { from: herd.server(from).port, to: herd.server(to).port };
  let first = 10_000_000;
  const hops = async (samples: number) => {
    first += samples;
    return await generator.hops({ ...ports, samples, pauseMs: NEWS_PAUSE_MS, first });
  };
  // Links take up to some hundred milliseconds to come about; then all is measured.
  await witness.untilKnown("c000000000000");
  const rounds = [];
  while (await witness.find("last-of-all") === undefined) rounds.push(await hops(NEWS_A_ROUND));
  const levelMs = performance.now() - startedMs;
  const busy = summarize(merge(rounds));
  return { busy, levelMs, rest: summarize(await hops(NEWS_AT_REST)) };
}

async function load({ generator }: Bench, herd: HerdServers, records: number): Promise<void> {
  await generator.load({
    ports: [herd.server("A").port],
    connections: 10,
    depth: 100,
    requests: records,
    clients: records,
    inOrder: true,
  });
}

const CHAIN_OF_THREE: Links = [["A", "B"], ["B", "C"]];
const UPDATES_A_SECOND = 1_000;
/** Time for which updates go on before the crash and after it, in seconds. */
const AROUND_CRASH_SECONDS = 2;
/** The share of the records that a neighbour may be sent after a crash, and that a newcomer may. */
const GOAL_AFTER_CRASH = 0.01;
const GOAL_NEWCOMER = 1.1;
/** The share of the records that changed after a backup. */
const CHANGED_SHARE = 0.01;
/** Bytes of feeds that it may cost for each record: 3 with the sums, of which a million records have 0.7. */
const GOAL_BACKUP_BYTES = 2.3;

/** Lines that servers send to bring one level that crashed, or is new. */
export const catchUp: BenchCase = {
  name: "catch-up",
  title: "Lines received to be level, as a share of 900,000 records",
  isExtra: true,
  async run(bench) {
    const records = bench.isQuick ? RECORDS / 10 : RECORDS;
    const rows: Row[] = [];
    const targets: Target[] = [];
    const measure = async (label: string, goal: number, run: typeof afterCrash) => {
      for (const build of bench.builds) {
        bench.progress(`${label}, ${build.label}`);
        const { lines, levelMs } = await run(bench, records, build.main);
        const share: Figure = { value: lines / records, unit: "x" };
        rows.push({
          label: `${label}, ${build.label}`,
          figures: { share, "level after": { value: levelMs / 1000, unit: "s" } },
        });
        if (build.main === undefined) {
          targets.push({ label, figure: share, bound: "at most", goal });
        }
      }
    };
    await measure("a neighbour of one that crashed", GOAL_AFTER_CRASH, afterCrash);
    await measure("a newcomer with four neighbours", GOAL_NEWCOMER, ofNewcomer);
    for (const build of bench.builds) {
      bench.progress(`an old backup, ${build.label}`);
      const bytes = await ofBackup(bench, records, build.main);
      const sent: Figure = { value: bytes / 1e6, unit: "MB" };
      rows.push({ label: `an old backup put back, ${build.label}`, figures: { sent } });
      const goal = GOAL_BACKUP_BYTES * records / 1e6;
      const label = "an old backup put back";
      if (build.main === undefined) targets.push({ label, figure: sent, bound: "at most", goal });
    }
    return { rows, targets };
  },
};

/** B is killed under load and starts again: what A is sent, which needs nothing of it. */
async function afterCrash(bench: Bench, records: number, main: string | undefined) {
  await using herd = await startHerdServers(bench, {
    variant: DURABLE,
    links: CHAIN_OF_THREE,
    main,
    hasHttp: true,
  });
  await load(bench, herd, records);
  await untilLevel(herd.ports);
  const ports = [herd.server("A").port];
  const around = {
    ports,
    connections: 10,
    rate: UPDATES_A_SECOND,
    clients: records,
    seconds: AROUND_CRASH_SECONDS,
  };
  await bench.generator.load(around);
  const before = await linesReceived(herd, "A");
  const updates = bench.generator.load(around);
  await herd.stop("B", "SIGKILL");
  const startedMs = performance.now();
  await herd.start("B");
  await updates;
  await untilLevel(herd.ports);
  const levelMs = performance.now() - startedMs;
  return { lines: await linesReceived(herd, "A") - before, levelMs };
}

/** E comes to four servers that have everything. */
async function ofNewcomer(bench: Bench, records: number, main: string | undefined) {
  await using herd = await startHerdServers(bench, {
    variant: DURABLE,
    links: MESH,
    first: ["A", "B", "C", "D"],
    main,
    hasHttp: true,
  });
  await load(bench, herd, records);
  await untilLevel(herd.ports);
  const startedMs = performance.now();
  await herd.start("E");
  await untilLevel(herd.ports);
  const levelMs = performance.now() - startedMs;
  return { lines: await linesReceived(herd, "E"), levelMs };
}

/** The data of B is put back as it was before 1 % of the records changed: bytes of both feeds. */
async function ofBackup(bench: Bench, records: number, main: string | undefined): Promise<number> {
  await using herd = await startHerdServers(bench, {
    variant: DURABLE,
    links: [["A", "B"]],
    main,
    hasHttp: true,
  });
  await load(bench, herd, records);
  await untilLevel(herd.ports);
  const data = `${herd.folder}/data/B`;
  const backup = `${herd.folder}/backup`;
  await herd.stop("B");
  await new Deno.Command("cp", { args: ["-r", data, backup] }).output();
  await herd.start("B");
  const changed = records * CHANGED_SHARE;
  const ports = [herd.server("A").port];
  await bench.generator.load({
    ports,
    connections: 10,
    depth: 100,
    requests: changed,
    clients: records,
  });
  await untilLevel(herd.ports);
  await herd.stop("B");
  await new Deno.Command("sh", { args: ["-c", 'rm -r "$0" && mv "$1" "$0"', data, backup] })
    .output();
  const before = await bytesReceived(herd, "A");
  await herd.start("B");
  await untilLevel(herd.ports);
  return await bytesReceived(herd, "A") - before + await bytesReceived(herd, "B");
}

async function bytesReceived(herd: HerdServers, name: string): Promise<number> {
  const { links } = await herd.status(name);
  return links.reduce((sum, it) => sum + it.received.bytes, 0);
}

async function linesReceived(herd: HerdServers, name: string): Promise<number> {
  const { links } = await herd.status(name);
  return links.reduce((sum, it) => sum + it.received.lines, 0);
}
