// `deno task mutants`: plants small mistakes one at a time in a copy of the project, and lists those
// that no test noticed.

import { parseArgs } from "@std/cli/parse-args";
import { processContext } from "../../src/cli/process/process_context.ts";
import { bold } from "../../src/cli/command/style.ts";
import { projectRoot, sources } from "../project/sources.ts";
import { ProgressBar } from "../../src/cli/transfer/progress_bar.ts";
import { EQUIVALENT } from "./equivalent.ts";
import { mutate, type Mutation, mutationsOf } from "./mutations.ts";
import { Neighbours } from "./neighbours.ts";
import { Tree } from "./tree.ts";

const HELP = `Plant small mistakes one at a time and list those that no test notices

Usage: deno task mutants [path] [options]

  path           A file or a folder of src (default: src)
  --sample <n>   Only n of them, drawn at random (default: all)
  --tests <n>    How many tests beside the mirror look at a mistake, the nearest first (default: 8)
  --jobs <n>     How many copies work side by side (default: 1)
`;

type Fate = "noticed" | "unnoticed" | "hung" | "does not compile";

/** A mistake in a file, and what became of it. */
interface Mutant {
  readonly file: string;
  readonly source: string;
  readonly mutation: Mutation;
  fate?: Fate;
}

const context = processContext();
const { stdout } = context;
const options = parseArgs(Deno.args, {
  string: ["sample", "tests", "jobs"],
  boolean: ["help"],
  default: { tests: "8", jobs: "1" },
});
if (options.help) stdout.write(HELP);
else Deno.exitCode = await main(String(options._[0] ?? "src").replace(/\/$/, ""));

async function main(path: string): Promise<number> {
  const files = path.endsWith(".ts") ? [path] : sources(path);
  const all = files.filter((it) => it.endsWith(".ts")).flatMap(mutantsOf);
  const mutants = options.sample === undefined ? all : sample(all, Number(options.sample));
  const bar = new ProgressBar(stdout, mutants.length, { nowMs: () => performance.now() });
  const neighbours = new Neighbours();
  let next = 0;
  const count = (fate: Fate) => mutants.filter((it) => it.fate === fate).length;
  const work = async () => {
    using tree = await Tree.copy();
    while (next < mutants.length) {
      const mutant = mutants[next++]!;
      mutant.fate = await fateOf(mutant, tree, neighbours);
      if (mutant.fate === "unnoticed" || mutant.fate === "hung") {
        bar.clear();
        tell(mutant);
      }
      bar.show(next, `${count("unnoticed")} unnoticed`);
    }
  };
  await Promise.all(Array.from({ length: Number(options.jobs) }, work));
  bar.clear();
  const compiling = mutants.length - count("does not compile");
  const share = 100 * (1 - count("unnoticed") / compiling);
  stdout.write(
    `${share.toFixed(1)} % of ${compiling} mistakes were noticed, ${
      count("hung")
    } of them because ` +
      `tests hung; ${count("does not compile")} more do not compile\n`,
  );
  return count("unnoticed") === 0 ? 0 : 1;
}

function mutantsOf(file: string): Mutant[] {
  const source = Deno.readTextFileSync(new URL(file, projectRoot));
  return mutationsOf(source).map((mutation) => ({ file, source, mutation }))
    .filter((it) => !isEquivalent(it));
}

function isEquivalent({ file, source, mutation }: Mutant): boolean {
  const { line } = lineOf(source, mutation);
  return EQUIVALENT.some((it) =>
    it.file === file && it.line === line && (it.kind === undefined || it.kind === mutation.kind)
  );
}

async function fateOf(mutant: Mutant, tree: Tree, neighbours: Neighbours): Promise<Fate> {
  const { file, source, mutation } = mutant;
  const others = neighbours.others(file, Number(options.tests));
  const rounds = [neighbours.mirror(file), others].filter((it) => it.length > 0);
  for (const tests of rounds) await tree.rehearse(tests);
  tree.write(file, mutate(source, mutation));
  try {
    if (!await tree.check(file)) return "does not compile";
    for (const tests of rounds) {
      const outcome = await tree.test(tests);
      if (outcome !== "passed") return outcome === "hung" ? "hung" : "noticed";
    }
    return "unnoticed";
  } finally {
    tree.write(file, source);
  }
}

/** The line that a mutation begins in, without the space around it, and its number. */
function lineOf(source: string, { start }: Mutation): { number: number; line: string } {
  const number = source.slice(0, start).split("\n").length;
  return { number, line: source.split("\n")[number - 1]!.trim() };
}

function tell({ file, source, mutation, fate }: Mutant): void {
  const { number, line } = lineOf(source, mutation);
  const now = lineOf(mutate(source, mutation), mutation).line;
  stdout.write(
    `${bold(`${file}:${number}`, stdout)} ${mutation.kind}${
      fate === "hung" ? ", and hangs" : ""
    }\n` +
      `  ${line}\n  ${now}\n`,
  );
}

/** `count` of the values, each as likely as any other. */
function sample<T>(values: readonly T[], count: number): T[] {
  return values.map((value) => ({ value, at: Math.random() })).sort((a, b) => a.at - b.at)
    .slice(0, count).map(({ value }) => value);
}
