// A log handler that gathers lines and writes them out together, and survives an output that fails
// or does not take them. What a line looks like is for log_format.ts, where it goes for log_output.ts.

import { BaseHandler, type LevelName, LogLevels, type LogRecord } from "@std/log";
import type { Clock } from "../../base/clock.ts";
import { after, waitFor } from "../../base/waiting.ts";
import type { LogOutput } from "./log_output.ts";

/** Number of characters from which on the buffer is written at once. */
export const LOG_BLOCK_CHARS = 64 * 1024;

/** So long a line waits for more, in milliseconds. */
export const LOG_DELAY_MS = 100;

/** Number of characters that may wait for an output; lines beyond them are dropped. */
export const LOG_WAITING_CHARS = 1024 * 1024;

/** So long `finish` waits for the output, in milliseconds. */
export const LOG_FINISH_MS = 300;

/** The process is about to end after any of these. */
const LAST_CHANCES = ["unload", "error", "unhandledrejection"];

/** Text to be written, and how many lines are lost if it cannot be. */
interface Block {
  readonly text: string;
  readonly lines: number;
}

/** The parts of a buffer. */
export interface LogBufferOptions {
  /** The output of the lines. The buffer has it from now on, and closes it in the end. */
  readonly output: LogOutput;
  readonly clock: Clock;
  /** Makes a line of a record. */
  readonly formatter: (record: LogRecord) => string;
  /** Makes the line that says how many lines were dropped. */
  readonly formatDropped: (lines: number) => string;
}

/**
 * Writes lines in blocks: when one is full, after a short while, and at once when a line is an error
 * or the process ends. An output that is slow, or fails, costs lines and nothing else: they are
 * counted, and an event `log.dropped` says how many when the output takes lines again.
 */
export class LogBuffer extends BaseHandler {
  readonly #output: LogOutput;
  readonly #clock: Clock;
  readonly #formatDropped: (lines: number) => string;
  #waiting = "";
  #waitingLines = 0;
  #droppedLines = 0;
  /** True if the output may have stopped in the middle of a line. */
  #torn = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #writing: Promise<void> | undefined;
  readonly #onLastChance = () => this.#writeNow();

  /** Makes a handler of that level. */
  constructor(level: LevelName, { output, clock, formatter, formatDropped }: LogBufferOptions) {
    super(level, { formatter });
    this.#output = output;
    this.#clock = clock;
    this.#formatDropped = formatDropped;
  }

  /** Opens the output. The end of the process is watched first, as the output may do that too. */
  override setup(): void {
    for (const event of LAST_CHANCES) addEventListener(event, this.#onLastChance);
    try {
      this.#output.open();
    } catch (error) {
      this.#ignoreLastChances();
      throw error;
    }
  }

  /** Formats and buffers a record. */
  override handle(record: LogRecord): void {
    super.handle(record);
    if (record.level >= LogLevels.ERROR) this.#writeNow();
  }

  /** Buffers a line. */
  override log(line: string): void {
    if (this.#waiting.length + line.length >= LOG_WAITING_CHARS) {
      this.#droppedLines++;
      return;
    }
    this.#waiting += line + "\n";
    this.#waitingLines++;
    this.#schedule();
  }

  /** Waits until all is written, `LOG_FINISH_MS` at most. */
  async finish(): Promise<void> {
    await waitFor(this.#writeAll(), after(this.#clock, LOG_FINISH_MS));
  }

  /** Opens the output anew. One that cannot be opened is tried again with the next lines. */
  reopen(): void {
    this.#writeNow();
    try {
      this.#output.open();
    } catch {
      this.#torn = true;
    }
  }

  /** Writes what can be written at once, and closes the output. */
  override destroy(): void {
    this.#writeNow();
    clearTimeout(this.#timer);
    this.#ignoreLastChances();
    this.#output.close();
  }

  #ignoreLastChances(): void {
    for (const event of LAST_CHANCES) removeEventListener(event, this.#onLastChance);
  }

  /** Writes what is waiting, now or soon. */
  #schedule(): void {
    if (this.#writing !== undefined || this.#waiting === "") return;
    if (this.#waiting.length >= LOG_BLOCK_CHARS) {
      this.#write();
    } else if (this.#timer === undefined) {
      const timer = setTimeout(() => this.#write(), LOG_DELAY_MS);
      Deno.unrefTimer(timer);
      this.#timer = timer;
    }
  }

  async #writeAll(): Promise<void> {
    await this.#writing;
    this.#write();
    await this.#writing;
  }

  /** Begins to write what is waiting; what comes meanwhile waits for the next time. */
  #write(): void {
    if (this.#output.write === undefined) return this.#writeNow();
    if (this.#writing !== undefined) return;
    const block = this.#take();
    if (block === undefined) return;
    this.#writing = this.#output.write(block.text)
      .then(() => void (this.#torn = false), () => this.#lose(block))
      .finally(() => {
        this.#writing = undefined;
        this.#schedule();
      });
  }

  /** Writes what is waiting before it returns, unless a write is on its way. */
  #writeNow(): void {
    if (this.#writing !== undefined) return;
    const block = this.#take();
    if (block === undefined) return;
    try {
      this.#output.writeSync(block.text);
      this.#torn = false;
    } catch {
      this.#lose(block);
    }
  }

  /** Returns what is waiting, behind a note of what was dropped before. */
  #take(): Block | undefined {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const lines = this.#waitingLines + this.#droppedLines;
    if (lines === 0) return undefined;
    let text = this.#torn ? "\n" : "";
    if (this.#droppedLines > 0) text += this.#formatDropped(this.#droppedLines) + "\n";
    text += this.#waiting;
    this.#waiting = "";
    this.#waitingLines = 0;
    this.#droppedLines = 0;
    return { text, lines };
  }

  #lose(block: Block): void {
    this.#droppedLines += block.lines;
    this.#torn = true;
  }
}
