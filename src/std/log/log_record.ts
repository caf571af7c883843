// A message on its way from a logger to its handlers.

import { type LogLevel, LogLevels } from "./levels.ts";

/** The parts of a record. */
export interface LogRecordOptions {
  /** The message. */
  msg: string;
  /** The values given after the message. */
  args: unknown[];
  level: LogLevel;
  loggerName: string;
}

const names = new Map<number, string>(
  Object.entries(LogLevels).map(([name, level]) => [level, name]),
);

/** A message with its level, its logger and its time. */
export class LogRecord {
  /** The message. */
  readonly msg: string;
  /** The number of its level. */
  readonly level: number;
  readonly levelName: string;
  readonly loggerName: string;
  readonly #args: unknown[];
  readonly #time = Date.now();

  /** Makes a record dated now. */
  constructor({ msg, args, level, loggerName }: LogRecordOptions) {
    this.msg = msg;
    this.level = level;
    this.levelName = names.get(level)!;
    this.loggerName = loggerName;
    this.#args = [...args];
  }

  /** The values given after the message. */
  get args(): unknown[] {
    return [...this.#args];
  }

  /** The time at which the record was made. */
  get datetime(): Date {
    return new Date(this.#time);
  }
}
