// Measures contenders in turns, A B C A B C: what disturbs the machine disturbs all of them, and every
// figure of the herd has its reference measured within the same seconds.

import type { Bench, BenchCase } from "../cases/bench_case.ts";
import type { Contender, Measurement, Shape } from "./contender.ts";
import { STARTERS } from "./contenders.ts";
import { curveOf, type Latency, merge, summarize } from "../figures/latency.ts";
import { type Figure, figure, type Row, type Target } from "../figures/result.ts";
import { ratiosOf, spreadOf } from "../figures/statistics.ts";

/** Whom the herd is compared with, by their names in `STARTERS`. */
export type Rival = Exclude<keyof typeof STARTERS, "herd">;

/** A contest as data. */
export interface Contest {
  readonly name: string;
  readonly title: string;
  readonly shape: Omit<Shape, "seconds">;
  readonly rivals: readonly Rival[];
  /** The least share of a rival's requests a second that the herd should reach. */
  readonly goals?: Partial<Record<Rival, number>>;
}

/** What each contender gave, round by round. */
export interface Rounds {
  readonly contender: Contender;
  readonly rounds: readonly Measurement[];
}

/** Makes a case of a contest. */
export function contestCase(contest: Contest): BenchCase {
  const { name, title } = contest;
  return { name, title, run: (bench) => runContest(bench, contest) };
}

async function runContest(bench: Bench, { shape, rivals, goals = {} }: Contest) {
  await using stack = new AsyncDisposableStack();
  const notes: string[] = [];
  const contenders = new Map<keyof typeof STARTERS, Contender>();
  for (const name of ["herd", ...rivals] as const) {
    const started = await STARTERS[name](bench);
    if (typeof started === "string") notes.push(started);
    else contenders.set(name, stack.use(started));
  }
  const results = await inTurns(bench, [...contenders.values()], shape);
  const ours = results[0]!;
  const targets: Target[] = [];
  for (const [rival, goal] of Object.entries(goals)) {
    const theirs = results.find((it) => it.contender === contenders.get(rival as Rival));
    if (theirs === undefined) continue;
    targets.push({
      label: `times the requests/s of ${theirs.contender.label}`,
      figure: figure(ratio(ours, theirs), "x"),
      bound: "at least",
      goal,
    });
  }
  return {
    rows: results.map((it) => rowOf(it, ours)),
    targets,
    curves: results.filter(hasLatency).map((it) => ({
      label: it.contender.label,
      points: curveOf(merge(it.rounds.map(({ latency }) => latency!))),
    })),
    notes,
  };
}

/** Measures every contender once a round; the first round is for warming up and is not counted. */
export async function inTurns(
  bench: Bench,
  contenders: readonly Contender[],
  shape: Omit<Shape, "seconds">,
): Promise<Rounds[]> {
  const count = bench.isQuick ? 2 : 5;
  const seconds = bench.isQuick ? 0.3 : 0.6;
  const results = contenders.map((contender) => ({ contender, rounds: [] as Measurement[] }));
  for (let round = 0; round <= count; round++) {
    for (const { contender, rounds } of results) {
      const where = round === 0 ? "warm-up" : `round ${round} of ${count}`;
      bench.progress(`${where}: ${contender.label}`);
      const measurement = await contender.measure({ ...shape, seconds });
      if (round > 0) rounds.push(measurement);
    }
  }
  return results;
}

/** How many times theirs our requests a second are. */
export function ratio(ours: Rounds, theirs: Rounds) {
  const rates = ({ rounds }: Rounds) => rounds.map((it) => it.perSecond);
  return ratiosOf(rates(ours), rates(theirs));
}

/** A line of the table of a contest. */
export function rowOf(result: Rounds, ours: Rounds): Row {
  const { rounds } = result;
  const of = (pick: (it: Measurement) => number) => spreadOf(rounds.map(pick));
  const figures: Record<string, Figure> = {
    "requests/s": figure(of((it) => it.perSecond), "/s"),
  };
  if (result !== ours) figures["Herd/it"] = figure(ratio(ours, result), "x");
  if (hasLatency(result)) {
    Object.assign(figures, latencyFigures(summarize(merge(rounds.map((it) => it.latency!)))));
  }
  figures["CPU/request"] = figure(of((it) => it.cpuMicros), "us");
  figures["server"] = figure(of((it) => it.serverShare * 100), "%");
  const load = of((it) => it.generatorShare * 100);
  if (!Number.isNaN(load.median)) figures["load"] = figure(load, "%");
  return { label: result.contender.label, figures };
}

/** The usual columns of latencies. */
export function latencyFigures({ p50, p99, p999, max }: Latency): Record<string, Figure> {
  return {
    p50: { value: p50, unit: "ms" },
    p99: { value: p99, unit: "ms" },
    "p99.9": { value: p999, unit: "ms" },
    max: { value: max, unit: "ms" },
  };
}

function hasLatency({ rounds }: Rounds): boolean {
  return rounds.every((it) => it.latency !== undefined);
}
