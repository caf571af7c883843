// The progress of a long run: a bar that is drawn over itself where a person watches, else a line now
// and then.

import type { Output } from "../command/context.ts";
import { dim } from "../command/style.ts";

const DRAW_EVERY_MS = 100;
const LINE_EVERY_MS = 10_000;
const BAR_COLUMNS = 30;

/** Takes the cursor to the line's start and clears the line (ECMA-48 "EL"). */
const CLEAR_LINE = "\r\x1b[K";

/** The output that it is shown on. */
export type BarOutput = Pick<Output, "isTerminal" | "colour" | "write">;

export interface BarOptions {
  /** A clock that never goes back, in milliseconds. */
  readonly nowMs: () => number;
  /** Prints what is done; as a plain number when left out. */
  readonly print?: (done: number) => string;
}

/** Shows the progress of a run. */
export class ProgressBar {
  readonly #output: BarOutput;
  readonly #total: number | undefined;
  readonly #nowMs: () => number;
  readonly #print: (done: number) => string;
  readonly #startMs: number;
  #shownMs: number;

  /** Without a `total` there is no bar and no time that is left, and the notes alone are shown. */
  constructor(output: BarOutput, total: number | undefined, { nowMs, print = String }: BarOptions) {
    this.#output = output;
    this.#total = total;
    this.#nowMs = nowMs;
    this.#print = print;
    this.#startMs = this.#shownMs = nowMs();
  }

  /** Shows that `done` of all are done, and `note`; not more often than is good for the eye. */
  show(done: number, note: string): void {
    const { isTerminal } = this.#output;
    const nowMs = this.#nowMs();
    if (nowMs - this.#shownMs < (isTerminal ? DRAW_EVERY_MS : LINE_EVERY_MS)) return;
    this.#shownMs = nowMs;
    const text = this.#text(done, note, nowMs);
    if (!isTerminal) return this.#output.write(`${text}\n`);
    this.#output.write(`${CLEAR_LINE}${this.#bar(done)}${text}`);
  }

  /** Takes the bar away, so that something else can be written. */
  clear(): void {
    if (this.#output.isTerminal) this.#output.write(CLEAR_LINE);
  }

  #text(done: number, note: string, nowMs: number): string {
    const total = this.#total;
    if (total === undefined) return note;
    const leftMs = (nowMs - this.#startMs) / done * (total - done);
    return `${this.#print(done)} of ${this.#print(total)}, ${note}, ${inWords(leftMs)} left`;
  }

  #bar(done: number): string {
    if (this.#total === undefined) return "";
    const share = Math.min(1, done / this.#total);
    const full = Math.round(share * BAR_COLUMNS);
    return `${"█".repeat(full)}${dim("░".repeat(BAR_COLUMNS - full), this.#output)} `;
  }
}

function inWords(ms: number): string {
  if (!Number.isFinite(ms)) return "some time";
  const seconds = Math.max(0, Math.ceil(ms / 1000));
  return seconds < 60 ? `${seconds} s` : `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
