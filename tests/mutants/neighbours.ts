// Which tests look at a file, the nearest first.

import { projectRoot, sources } from "../project/sources.ts";

const IMPORT = /(?:from|import\(|import|new URL\() ?"(\.[^"]+\.[tj]s)"/g;

/** Trials that look at the parts from far away, and at all that they do together. */
const TRIALS = ["tests/simulation/simulation_test.ts", "tests/backbone/trial_test.ts"];

/** Folders of tests that are about the whole, and take long. */
const IS_FAR = /^tests\/(e2e|hostile|bench|fuzz|scale|project|mutants)\//;

/** Finds the tests of files in a project. */
export class Neighbours {
  /** Of each file, those that it imports. */
  readonly #imports: ReadonlyMap<string, readonly string[]>;

  constructor() {
    const files = [...sources("src"), ...sources("tests")];
    this.#imports = new Map(files.map((file) => [file, importsOf(file)]));
  }

  /** The test at the same place under tests, if there is one. */
  mirror(file: string): string[] {
    const path = file.replace(/^src/, "tests").replace(/\.ts$/, "_test.ts");
    return this.#imports.has(path) ? [path] : [];
  }

  /**
   * Up to `limit` other tests from which imports lead to the file, by their number and then by the
   * folders that both paths have in common; and the trials that run it.
   */
  others(file: string, limit: number): string[] {
    const mirror = this.mirror(file);
    const reaching = [...this.#imports.keys()].filter((it) => it.endsWith("_test.ts")).flatMap(
      (test) => {
        const steps = this.#steps(test, file);
        return steps === undefined ? [] : [{ test, steps, far: distance(test, file) }];
      },
    ).filter(({ test }) => !mirror.includes(test));
    const near = reaching.filter(({ test }) => !IS_FAR.test(test) && !TRIALS.includes(test))
      .sort((a, b) => a.steps - b.steps || a.far - b.far).slice(0, limit);
    const trials = reaching.filter(({ test }) => TRIALS.includes(test));
    return [...near, ...trials].map(({ test }) => test);
  }

  /** The fewest imports that lead from one file to another; undefined when none do. */
  #steps(from: string, to: string): number | undefined {
    const seen = new Set([from]);
    let level = [from];
    for (let steps = 0; level.length > 0; steps++) {
      if (level.includes(to)) return steps;
      level = level.flatMap((it) => this.#imports.get(it) ?? []).filter((it) => {
        const isNew = !seen.has(it);
        seen.add(it);
        return isNew;
      });
    }
    return undefined;
  }
}

function importsOf(file: string): string[] {
  const text = Deno.readTextFileSync(new URL(file, projectRoot));
  const base = new URL(file, "file:///");
  return [...text.matchAll(IMPORT)].map(([, path]) => new URL(path!, base).pathname.slice(1));
}

/** The folders of a test's path that are not in a source's. */
function distance(test: string, file: string): number {
  const folders = file.split("/").slice(1, -1);
  const own = test.split("/").slice(1, -1);
  const common = own.findIndex((it, index) => it !== folders[index]);
  return common < 0 ? folders.length - own.length : own.length + folders.length - 2 * common;
}
