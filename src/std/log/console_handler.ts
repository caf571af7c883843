// Writes to the console, coloured by level. The default logger has one.

// @ts-types="./colors.d.ts"
import { blue, bold, red, yellow } from "npm:deno-std@1.4.0/fmt/colors.js";
import { BaseHandler, type BaseHandlerOptions } from "./base_handler.ts";
import { type LevelName, LogLevels } from "./levels.ts";
import type { LogRecord } from "./logger.ts";

/** What a console handler may be given. */
export interface ConsoleHandlerOptions extends BaseHandlerOptions {
  /** Whether lines are coloured; true if not given. */
  useColors?: boolean;
}

/** Writes to the console with `console.log`. */
export class ConsoleHandler extends BaseHandler {
  readonly #useColors: boolean;

  /** Makes a handler of that level. */
  constructor(levelName: LevelName, options: ConsoleHandlerOptions = {}) {
    super(levelName, options);
    this.#useColors = options.useColors ?? true;
  }

  /** Turns a record into text, coloured by level. */
  override format(logRecord: LogRecord): string {
    const text = super.format(logRecord);
    return this.#useColors ? this.applyColors(text, logRecord.level) : text;
  }

  /** Colours a text by level. */
  applyColors(msg: string, level: number): string {
    if (level === LogLevels.INFO) return blue(msg);
    if (level === LogLevels.WARN) return yellow(msg);
    if (level === LogLevels.ERROR) return red(msg);
    if (level === LogLevels.CRITICAL) return bold(red(msg));
    return msg;
  }

  /** Writes a line. */
  override log(msg: string): void {
    // deno-lint-ignore no-console
    console.log(msg);
  }
}
