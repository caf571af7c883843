// The base of all handlers: a level, a formatter, and a life from setup to destroy.

import { type LevelName, type LogLevel, LogLevels } from "./levels.ts";
import type { LogRecord } from "./log_record.ts";

/** Turns a record into a line of text, without a newline. */
export type FormatterFunction = (logRecord: LogRecord) => string;

export interface BaseHandlerOptions {
  /** Turns records into text; `INFO message` if not given. */
  formatter?: FormatterFunction;
}

/** Writes records of its level or a higher one. */
export abstract class BaseHandler {
  /** Turns records into text. */
  formatter: FormatterFunction;
  readonly #level: LogLevel;

  /** Makes a handler of that level. */
  constructor(levelName: LevelName, options: BaseHandlerOptions = {}) {
    this.#level = LogLevels[levelName];
    this.formatter = options.formatter ?? (({ levelName, msg }) => `${levelName} ${msg}`);
  }

  /** The number of the lowest level it takes. */
  get level(): LogLevel {
    return this.#level;
  }

  /** Writes a record if its level is high enough. */
  handle(logRecord: LogRecord): void {
    if (logRecord.level >= this.#level) this.log(this.formatter(logRecord));
  }

  /** Writes a line, which has no newline yet. */
  abstract log(msg: string): void;

  /** Called when the handler comes into use. */
  setup(): void {}

  /** Called when the handler goes out of use. */
  destroy(): void {}
}
