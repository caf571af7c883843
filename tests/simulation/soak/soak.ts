// What `deno task soak` does: as many trials as one likes, or one of them again with all that
// happened in it, or how many it takes to find the planted mistakes. main.ts is its process.

import { parseArgs } from "@std/cli/parse-args";
import type { Context, Output } from "../../../src/cli/command/context.ts";
import { bold, red } from "../../../src/cli/command/style.ts";
import { closest } from "../../../src/topology/nearest_name.ts";
import { faults } from "../checks/planted_mistakes.ts";
import type { Fault } from "../herd/relations.ts";
import { ProgressBar } from "../../../src/cli/transfer/progress_bar.ts";
import { trial } from "../trial.ts";

const DEFAULT_TRIALS = 1_000;
/** A failure is known by then; more of the same help nobody. */
const MAX_FAILURES = 20;
/** The seeds of different beginnings are so far apart, and no more trials are made from one. */
const MAX_TRIALS_A_FAULT = 5_000;
const SEEDS = 2 ** 32;

const HELP = `Simulate herds under faults of servers, disks and wires, and check what must hold

Usage: deno task soak [options]

  --trials <n>   How many trials (default: ${DEFAULT_TRIALS})
  --first <n>    The seed of the first of them (default: another one each time, and shown)
  --seed <n>     Only the trial of this seed, with all that happens in it
  --fault <n>    With the planted mistake of this number
  --faults <n>   How many trials it takes to find each planted mistake, over n beginnings

Planted mistakes:

${Object.keys(faults).map((name, i) => `  ${String(i + 1).padStart(2)}  ${name}`).join("\n")}
`;

const OPTIONS = ["trials", "first", "seed", "fault", "faults"] as const;

/** Runs it and gives the exit status: 1 when something does not hold, 2 for wrong options. */
export async function soak(args: readonly string[], context: Context): Promise<number> {
  const { stdout, stderr } = context;
  const options = readOptions(args);
  if (typeof options === "string") {
    (options === HELP ? stdout : stderr).write(options);
    return options === HELP ? 0 : 2;
  }
  const { seed, first, trials, fault, beginnings } = options;
  if (seed !== undefined) return await replay(seed, fault, stdout);
  if (beginnings !== undefined) return await measureFaults(beginnings, first, stdout);
  return await runTrials(first, trials, fault, context);
}

interface SoakOptions {
  readonly trials: number;
  readonly first: number;
  readonly seed: number | undefined;
  readonly fault: Fault | undefined;
  readonly beginnings: number | undefined;
}

/** The options, or what to print in their place. */
function readOptions(args: readonly string[]): SoakOptions | string {
  const unknown: string[] = [];
  const values = parseArgs([...args], {
    string: OPTIONS,
    boolean: ["help"],
    alias: { help: "h" },
    unknown: (argument) => void unknown.push(argument),
  });
  if (values.help) return HELP;
  if (unknown.length > 0) return unknownArgument(unknown[0]!);
  const known = Object.values(faults);
  const limits = {
    trials: 1e9,
    first: SEEDS - 1,
    seed: SEEDS - 1,
    fault: known.length,
    faults: 1e3,
  };
  for (const name of OPTIONS) {
    const text = values[name];
    if (text === undefined) continue;
    const least = name === "first" || name === "seed" ? 0 : 1;
    if (!/^\d+$/.test(text) || Number(text) < least || Number(text) > limits[name]) {
      return `Option '--${name}' takes a whole number from ${least} to ${
        limits[name]
      }, not '${text}'\n`;
    }
  }
  const number = (name: typeof OPTIONS[number]) =>
    values[name] === undefined ? undefined : Number(values[name]);
  return {
    trials: number("trials") ?? DEFAULT_TRIALS,
    first: number("first") ?? crypto.getRandomValues(new Uint32Array(1))[0]!,
    seed: number("seed"),
    fault: known[(number("fault") ?? 0) - 1],
    beginnings: number("faults"),
  };
}

function unknownArgument(argument: string): string {
  const name = argument.replace(/=.*/s, "");
  const meant = closest(name.replace(/^-+/, ""), [...OPTIONS, "help"]);
  return `Unknown argument '${name}'${meant ? `: did you mean '--${meant}'?` : ""}\n`;
}

/** Shows all that happens in one trial. */
async function replay(seed: number, fault: Fault | undefined, stdout: Output): Promise<number> {
  const { violations, trace } = await trial(seed, { isTraced: true, ...fault && { fault } });
  stdout.write(`${trace.join("\n")}\n`);
  return violations.length > 0 ? 1 : 0;
}

/** Runs trials, prints the seeds of those where something does not hold. */
async function runTrials(
  first: number,
  trials: number,
  fault: Fault | undefined,
  context: Context,
): Promise<number> {
  const { stdout } = context;
  const stop = context.stopSignal();
  const bar = new ProgressBar(stdout, trials, { nowMs: () => performance.now() });
  stdout.write(`${trials} trials from seed ${first} on\n`);
  let failures = 0;
  let done = 0;
  for (; done < trials && !stop.aborted && failures < MAX_FAILURES; done++) {
    const seed = (first + done) % SEEDS;
    const { violations } = await trial(seed, fault && { fault });
    if (violations.length > 0) {
      failures++;
      bar.clear();
      stdout.write(`${red(bold(`Seed ${seed}`, stdout), stdout)}  ${violations[0]}\n`);
    }
    bar.show(done + 1, `${failures} failed`);
  }
  bar.clear();
  stdout.write(`${done} trials, ${failures} failed\n`);
  if (failures > 0) stdout.write("'--seed <n>' shows what happens in one\n");
  return failures > 0 ? 1 : 0;
}

/** Prints how many trials it takes to find each mistake. */
async function measureFaults(beginnings: number, first: number, stdout: Output): Promise<number> {
  stdout.write(`${"mean".padStart(6)} ${"most".padStart(6)}  mistake\n`);
  for (const [name, fault] of Object.entries(faults)) {
    const counts: number[] = [];
    for (let i = 0; i < beginnings; i++) {
      counts.push(await trialsUntilFound(fault, first + i * MAX_TRIALS_A_FAULT));
    }
    const mean = counts.reduce((sum, it) => sum + it, 0) / beginnings;
    const most = Math.max(...counts);
    stdout.write(`${mean.toFixed(1).padStart(6)} ${String(most).padStart(6)}  ${name}\n`);
  }
  return 0;
}

/** How many trials from this seed on it takes to find a mistake. */
export async function trialsUntilFound(
  fault: Fault,
  first: number,
  most: number = MAX_TRIALS_A_FAULT,
): Promise<number> {
  for (let count = 1; count <= most; count++) {
    const { violations } = await trial((first + count - 1) % SEEDS, { fault });
    if (violations.length > 0) return count;
  }
  return Infinity;
}
