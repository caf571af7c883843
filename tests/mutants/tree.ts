// A copy of the project to make mistakes in: its files are changed, checked, tested and restored.

import { projectRoot } from "../project/sources.ts";

/** Parts of the project. */
const PARTS = ["deno.json", "deno.lock", "main.ts", "topology.json", "src", "tests", "README.md"];

/** Time that a run may take beyond three times what it takes without a mistake, in milliseconds. */
const PATIENCE_MS = 20_000;

/** How a run of tests ends. */
export type Outcome = "passed" | "failed" | "hung";

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
    return await this.#deno(["check", "--quiet", file], Infinity) === "passed";
  }

  /** Runs tests without a mistake, which must pass, to know how long they take. */
  async rehearse(tests: readonly string[]): Promise<void> {
    if (this.#takesMs.has(tests.join())) return;
    const startMs = performance.now();
    const outcome = await this.#test(tests, Infinity);
    if (outcome !== "passed") throw new Error(`Without a mistake, tests fail: ${tests.join(" ")}`);
    this.#takesMs.set(tests.join(), performance.now() - startMs);
  }

  /** Runs tests that were rehearsed. */
  test(tests: readonly string[]): Promise<Outcome> {
    return this.#test(tests, 3 * this.#takesMs.get(tests.join())! + PATIENCE_MS);
  }

  [Symbol.dispose](): void {
    Deno.removeSync(this.#folder, { recursive: true });
  }

  #test(tests: readonly string[], withinMs: number): Promise<Outcome> {
    return this.#deno(["test", "-A", "--quiet", "--no-check", "--fail-fast", ...tests], withinMs);
  }

  async #deno(args: readonly string[], withinMs: number): Promise<Outcome> {
    const child = new Deno.Command(Deno.execPath(), {
      args: [...args],
      cwd: this.#folder,
      stdin: "null",
      stdout: "null",
      stderr: "null",
      // A group of its own, so that what tests have started ends with them.
      detached: true,
    }).spawn();
    let isLate = false;
    const end = () => {
      isLate = true;
      Deno.kill(-child.pid, "SIGKILL");
    };
    const timer = withinMs === Infinity ? undefined : setTimeout(end, withinMs);
    const { success } = await child.status;
    clearTimeout(timer);
    return isLate ? "hung" : success ? "passed" : "failed";
  }
}
