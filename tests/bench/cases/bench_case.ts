// What a case is, and what it is given: the means to measure, in one place.

import type { Generator } from "../generator/generator.ts";
import type { CaseResult } from "../figures/result.ts";

/** The surroundings of a case. */
export interface Bench {
  /** True if less is measured, to see that everything works. */
  readonly isQuick: boolean;
  readonly generator: Generator;
  /** The command of a compiler of C, where there is one. */
  readonly compiler: string | undefined;
  /** A folder for files that go when the run is over. */
  readonly folder: string;
  /** What is measured: this build, and before it those that were given to compare with. */
  readonly builds: readonly Build[];
  /** Tells whoever watches what is being done. */
  progress(text: string): void;
}

/** A build of the program. */
export interface Build {
  readonly label: string;
  /** Its main module; undefined for this one. */
  readonly main: string | undefined;
}

/** One thing to measure. */
export interface BenchCase {
  /** The word for `--only`. */
  readonly name: string;
  readonly title: string;
  /** True if it runs only when `--only` names it. */
  readonly isExtra?: boolean;
  /** Runs it: gives figures, or the reason why there are none. */
  run(bench: Bench): Promise<Omit<CaseResult, "name" | "title">>;
}
