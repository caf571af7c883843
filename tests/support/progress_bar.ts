// How far a long run is: a bar that is drawn over itself where a person watches, else a line now
// and then.

import type { Output } from "../../src/cli/command/context.ts";
import { dim } from "../../src/cli/command/style.ts";

const DRAW_EVERY_MS = 100;
const LINE_EVERY_MS = 10_000;
const BAR_COLUMNS = 30;

/** Takes the cursor to the line's start and clears the line (ECMA-48 "EL"). */
const CLEAR_LINE = "\r\x1b[K";

/** Where it is shown. */
export type BarOutput = Pick<Output, "isTerminal" | "colour" | "write">;

/** Shows how far a run is. */
export class ProgressBar {
  readonly #output: BarOutput;
  readonly #total: number;
  readonly #nowMs: () => number;
  readonly #startMs: number;
  #shownMs: number;

  /** `nowMs` is a clock that never goes back. */
  constructor(output: BarOutput, total: number, nowMs: () => number = () => performance.now()) {
    this.#output = output;
    this.#total = total;
    this.#nowMs = nowMs;
    this.#startMs = this.#shownMs = nowMs();
  }

  /** Shows that `done` of all are done, and `note`; not more often than is good for the eye. */
  show(done: number, note: string): void {
    const { isTerminal } = this.#output;
    const nowMs = this.#nowMs();
    if (nowMs - this.#shownMs < (isTerminal ? DRAW_EVERY_MS : LINE_EVERY_MS)) return;
    this.#shownMs = nowMs;
    const leftMs = (nowMs - this.#startMs) / done * (this.#total - done);
    const text = `${done} of ${this.#total}, ${note}, ${inWords(leftMs)} left`;
    if (!isTerminal) return this.#output.write(`${text}\n`);
    const full = Math.round(done / this.#total * BAR_COLUMNS);
    const bar = "█".repeat(full) + dim("░".repeat(BAR_COLUMNS - full), this.#output);
    this.#output.write(`${CLEAR_LINE}${bar} ${text}`);
  }

  /** Takes the bar away, so that something else can be written. */
  clear(): void {
    if (this.#output.isTerminal) this.#output.write(CLEAR_LINE);
  }
}

function inWords(ms: number): string {
  const seconds = Math.ceil(ms / 1000);
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
