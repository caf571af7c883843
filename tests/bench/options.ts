// The command line of `deno task bench`.

import { parseArgs } from "@std/cli";
import type { BenchCase } from "./cases/bench_case.ts";
import { cases } from "./cases/cases.ts";

/** Where a whole run keeps its results. */
const RESULTS = new URL("results/results.json", import.meta.url).pathname;

/** What `--help` prints. */
export const USAGE = `Measures a herd beside what people would write or use in its place

Usage: deno task bench [options]

  --only <case,...>  Run these cases, of
                     ${names(false)};
                     or, which do not run by default, ${names(true)}
  --quick            Measure less, to see that everything works
  --no-compiler      Load as where there is no compiler of C
  --beside <file>    The main module of another build, to measure in turns with this one
                     where a case compares
  --out <file>       Keep the results here, pictures beside; a whole run is kept in
                     tests/bench/results/results.json
`;

function names(isExtra: boolean): string {
  return cases.filter((it) => (it.isExtra ?? false) === isExtra).map((it) => it.name).join(", ");
}

/** What to run. */
export interface BenchOptions {
  readonly isQuick: boolean;
  readonly mayCompile: boolean;
  /** The main module of another build. */
  readonly beside: string | undefined;
  readonly out: string | undefined;
  isChosen(it: BenchCase): boolean;
}

/** The options, or what to print in place of a run. */
export function readOptions(args: readonly string[]): BenchOptions | string {
  const unknown: string[] = [];
  const values = parseArgs([...args], {
    string: ["only", "out", "beside"],
    boolean: ["quick", "help", "compiler"],
    negatable: ["compiler"],
    default: { compiler: true },
    unknown: (argument) => void unknown.push(argument),
  });
  if (values.help) return USAGE;
  if (unknown.length > 0) return `Unknown argument '${unknown[0]}'\n\n${USAGE}`;
  const only = values.only?.split(",");
  const missing = only?.find((name) => !cases.some((it) => it.name === name));
  if (missing !== undefined) return `There is no case '${missing}'\n\n${USAGE}`;
  const isWhole = only === undefined && !values.quick;
  return {
    isQuick: values.quick,
    mayCompile: values.compiler,
    beside: values.beside,
    out: values.out ?? (isWhole ? RESULTS : undefined),
    isChosen: ({ name, isExtra = false }) => only?.includes(name) ?? !isExtra,
  };
}
