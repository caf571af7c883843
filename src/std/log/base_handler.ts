// What all handlers have in common: a level, a formatter, and a life from setup to destroy.

import { getLevelByName, getLevelName, type LevelName, type LogLevel } from "./levels.ts";
import type { LogRecord } from "./logger.ts";

/** Turns a record into a line of text, without a newline. */
export type FormatterFunction = (logRecord: LogRecord) => string;

/** What a handler may be given. */
export interface BaseHandlerOptions {
  /** Turns records into text; `INFO message` if not given. */
  formatter?: FormatterFunction;
}

/** Takes records of a level or a higher one, and writes them somewhere. */
export abstract class BaseHandler {
  /** Turns records into text. */
  formatter: FormatterFunction;
  #level: LogLevel;

  /** Makes a handler of that level. */
  constructor(levelName: LevelName, options: BaseHandlerOptions = {}) {
    this.#level = getLevelByName(levelName);
    this.formatter = options.formatter ??
      (({ levelName, msg }) => `${levelName} ${msg}`);
  }

  /** The number of the lowest level it takes. */
  get level(): LogLevel {
    return this.#level;
  }
  set level(level: LogLevel) {
    getLevelName(level);
    this.#level = level;
  }

  /** The name of the lowest level it takes. */
  get levelName(): LevelName {
    return getLevelName(this.#level);
  }
  set levelName(levelName: LevelName) {
    this.#level = getLevelByName(levelName);
  }

  /** Takes a record. */
  handle(logRecord: LogRecord): void {
    if (logRecord.level >= this.#level) this.log(this.format(logRecord));
  }

  /** Turns a record into text. */
  format(logRecord: LogRecord): string {
    return this.formatter(logRecord);
  }

  /** Writes a line, which has no newline yet. */
  abstract log(msg: string): void;

  /** Called when the handler comes into use. */
  setup(): void {}

  /** Called when the handler goes out of use. */
  destroy(): void {}

  /** Destroys the handler. */
  [Symbol.dispose](): void {
    this.destroy();
  }
}
