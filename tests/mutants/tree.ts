// A copy of the project to make mistakes in: its files are changed, checked, tested and restored.

import { projectRoot } from "../project/sources.ts";

/** Parts of the project. */
const PARTS = ["deno.json", "deno.lock", "main.ts", "topology.json", "src", "tests", "README.md"];

/** Time that a run may take beyond three times what it takes without a mistake, in milliseconds. */
const PATIENCE_MS = 20_000;

/** How a run of tests ends. */
export type Outcome = "passed" | "failed" | "hung";

/** A run, with what it wrote. */
interface Run {
  readonly outcome: Outcome;
  readonly output: string;
}

/** A copy, gone when it is disposed of. */
export class Tree implements Disposable {
  readonly #folder = Deno.makeTempDirSync({ prefix: "herd-mutants-" });
  /** What each set of tests takes without a mistake, in milliseconds. */
  readonly #takesMs = new Map<string, number>();

  static async copy(): Promise<Tree> {
    const tree = new Tree();
    const from = PARTS.map((it) => new URL(it, projectRoot).pathname);
    await new Deno.Command("cp", { args: ["-r", ...from, tree.#folder] }).output();
    return tree;
  }

  write(file: string, text: string): void {
    Deno.writeTextFileSync(`${this.#folder}/${file}`, text);
  }

  /** True if the file's types are right. */
  async check(file: string): Promise<boolean> {
    return (await this.#deno(["check", "--quiet", file], Infinity)).outcome === "passed";
  }

  /** Runs tests without a mistake, which must pass, to know how long they take. */
  async rehearse(tests: readonly string[]): Promise<void> {
    if (this.#takesMs.has(tests.join())) return;
    for (let tries = 1;; tries++) {
      const startMs = performance.now();
      const { outcome, output } = await this.#test(tests, Infinity);
      this.#takesMs.set(tests.join(), performance.now() - startMs);
      if (outcome === "passed") return;
      // Other work on the machine may have been in the way once.
      if (tries === 2) throw new Error(`Without a mistake, tests fail:\n${failuresIn(output)}`);
    }
  }

  /** Runs tests that were rehearsed. */
  async test(tests: readonly string[]): Promise<Outcome> {
    const withinMs = 3 * this.#takesMs.get(tests.join())! + PATIENCE_MS;
    return (await this.#test(tests, withinMs)).outcome;
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.#folder, { recursive: true });
  }

  #test(tests: readonly string[], withinMs: number): Promise<Run> {
    return this.#deno(["test", "-A", "--quiet", "--no-check", "--fail-fast", ...tests], withinMs);
  }

  async #deno(args: readonly string[], withinMs: number): Promise<Run> {
    const child = new Deno.Command(Deno.execPath(), {
      args: [...args],
      cwd: this.#folder,
      stdin: "null",
      env: { NO_COLOR: "1" },
      stdout: "piped",
      stderr: "null",
      // A group of its own, so that what tests have started ends with them.
      detached: true,
    }).spawn();
    const reading = new Response(child.stdout).text();
    let isLate = false;
    const end = () => {
      isLate = true;
      endGroup(child.pid);
    };
    const timer = withinMs === Infinity ? undefined : setTimeout(end, withinMs);
    const { success } = await child.status;
    clearTimeout(timer);
    // What tests have left behind ends as well, and lets go of the output.
    endGroup(child.pid);
    return { outcome: isLate ? "hung" : success ? "passed" : "failed", output: await reading };
  }
}

function endGroup(id: number): void {
  try {
    Deno.kill(-id, "SIGKILL");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}

/** The lines of a run's output that say what failed, and all of it if there are none. */
function failuresIn(output: string): string {
  const at = output.indexOf("\n ERRORS");
  return at < 0 ? output : output.slice(at).trim();
}
