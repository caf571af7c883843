// A logger: decides by level, makes a record, and hands it to its handlers.

import type { BaseHandler } from "./base_handler.ts";
import { type LevelName, type LogLevel, LogLevels } from "./levels.ts";
import { LogRecord } from "./log_record.ts";

export interface LoggerOptions {
  /** The handlers of its records. */
  handlers?: BaseHandler[];
}

/** A logger; drops messages below its level. */
export class Logger {
  /** The handlers of its records. */
  handlers: BaseHandler[];
  readonly #name: string;
  readonly #level: LogLevel;

  /** Makes a logger of that name and level, with no handlers unless some are given. */
  constructor(loggerName: string, levelName: LevelName, options: LoggerOptions = {}) {
    this.#name = loggerName;
    this.#level = LogLevels[levelName];
    this.handlers = options.handlers ?? [];
  }

  get loggerName(): string {
    return this.#name;
  }

  /** The number of the lowest level it takes. */
  get level(): LogLevel {
    return this.#level;
  }

  /** Logs at level DEBUG and returns the message. */
  debug(msg: string, ...args: unknown[]): string {
    return this.#log(LogLevels.DEBUG, msg, args);
  }

  /** Logs at level INFO and returns the message. */
  info(msg: string, ...args: unknown[]): string {
    return this.#log(LogLevels.INFO, msg, args);
  }

  /** Logs at level WARN and returns the message. */
  warn(msg: string, ...args: unknown[]): string {
    return this.#log(LogLevels.WARN, msg, args);
  }

  /** Logs at level ERROR and returns the message. */
  error(msg: string, ...args: unknown[]): string {
    return this.#log(LogLevels.ERROR, msg, args);
  }

  #log(level: LogLevel, msg: string, args: unknown[]): string {
    if (level >= this.#level) {
      const record = new LogRecord({ msg, args, level, loggerName: this.#name });
      for (const handler of this.handlers) handler.handle(record);
    }
    return msg;
  }
}
