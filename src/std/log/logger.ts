// A logger: decides by level, makes a record, and hands it to its handlers by way of LogTape.

import { configureSync, getLogger } from "npm:@logtape/logtape@2.4.2";
import {
  getLevelByName,
  getLevelName,
  type LevelName,
  type LogLevel,
  LogLevels,
} from "./levels.ts";
import type { BaseHandler } from "./base_handler.ts";

/** What a record is made of. */
export interface LogRecordOptions {
  /** The message. */
  msg: string;
  /** What was given after the message. */
  args: unknown[];
  /** The level. */
  level: LogLevel;
  /** The name of the logger. */
  loggerName: string;
}

/** A message on its way to the handlers. */
export class LogRecord {
  /** The message. */
  readonly msg: string;
  /** The number of its level. */
  readonly level: number;
  /** The name of its level. */
  readonly levelName: string;
  /** The name of its logger. */
  readonly loggerName: string;
  readonly #args: unknown[];
  readonly #time = Date.now();

  /** Makes a record dated now. */
  constructor(options: LogRecordOptions) {
    this.msg = options.msg;
    this.level = options.level;
    this.levelName = getLevelName(options.level);
    this.loggerName = options.loggerName;
    this.#args = [...options.args];
  }

  /** What was given after the message. */
  get args(): unknown[] {
    return [...this.#args];
  }

  /** When the record was made. */
  get datetime(): Date {
    return new Date(this.#time);
  }
}

/** What a logger may be given. */
export interface LoggerOptions {
  /** Where its records go. */
  handlers?: BaseHandler[];
}

/** LogTape's names for the levels of messages. */
const TAPE_LEVELS = {
  [LogLevels.NOTSET]: "trace",
  [LogLevels.DEBUG]: "debug",
  [LogLevels.INFO]: "info",
  [LogLevels.WARN]: "warning",
  [LogLevels.ERROR]: "error",
  [LogLevels.CRITICAL]: "fatal",
} as const;

const ROOT = "@std/log";

/** A record inside LogTape, and what a handler threw at it: LogTape itself hides that. */
interface Delivery {
  readonly record: LogRecord;
  readonly handlers: readonly BaseHandler[];
  error?: { readonly thrown: unknown };
}

/** Hands a record that went through LogTape to its logger's handlers. */
function deliver(
  { properties }: { properties: Record<string, unknown> },
): void {
  const delivery = properties.delivery as Delivery;
  try {
    for (const handler of delivery.handlers) handler.handle(delivery.record);
  } catch (thrown) {
    delivery.error = { thrown };
  }
}

// It keeps no properties, so LogTape need not copy them, which is half of what a message costs.
const immediate = {
  [Symbol.for("LogTape.sinkSnapshotPolicy.immediate")]: true,
};

configureSync({
  reset: true,
  sinks: { handlers: Object.assign(deliver, immediate) },
  loggers: [
    { category: ROOT, lowestLevel: "trace", sinks: ["handlers"] },
    { category: ["logtape", "meta"], lowestLevel: "error", sinks: [] },
  ],
});

/** Takes messages of a level or a higher one. */
export class Logger {
  /** Where its records go. */
  handlers: BaseHandler[];
  readonly #name: string;
  readonly #tape: ReturnType<typeof getLogger>;
  #level: LogLevel;

  /** Makes a logger of that name and level, with no handlers unless some are given. */
  constructor(
    loggerName: string,
    levelName: LevelName,
    options: LoggerOptions = {},
  ) {
    this.#name = loggerName;
    this.#level = getLevelByName(levelName);
    this.handlers = options.handlers ?? [];
    this.#tape = getLogger([ROOT, loggerName]);
  }

  /** Its name. */
  get loggerName(): string {
    return this.#name;
  }

  /** The number of the lowest level it takes. */
  get level(): LogLevel {
    return this.#level;
  }
  set level(level: LogLevel) {
    if (!(level in TAPE_LEVELS)) {
      throw new TypeError(`Invalid log level: ${level}`);
    }
    this.#level = level;
  }

  /** The name of the lowest level it takes. */
  get levelName(): LevelName {
    return getLevelName(this.#level);
  }
  set levelName(levelName: LevelName) {
    this.#level = getLevelByName(levelName);
  }

  /** Logs at level DEBUG. */
  debug(msg: () => string, ...args: unknown[]): string | undefined;
  /** Logs at level DEBUG. */
  debug(msg: string, ...args: unknown[]): string;
  debug(msg: string | (() => string), ...args: unknown[]): string | undefined {
    return this.#log(LogLevels.DEBUG, msg, args);
  }

  /** Logs at level INFO. */
  info(msg: () => string, ...args: unknown[]): string | undefined;
  /** Logs at level INFO. */
  info(msg: string, ...args: unknown[]): string;
  info(msg: string | (() => string), ...args: unknown[]): string | undefined {
    return this.#log(LogLevels.INFO, msg, args);
  }

  /** Logs at level WARN. */
  warn(msg: () => string, ...args: unknown[]): string | undefined;
  /** Logs at level WARN. */
  warn(msg: string, ...args: unknown[]): string;
  warn(msg: string | (() => string), ...args: unknown[]): string | undefined {
    return this.#log(LogLevels.WARN, msg, args);
  }

  /** Logs at level ERROR. */
  error(msg: () => string, ...args: unknown[]): string | undefined;
  /** Logs at level ERROR. */
  error(msg: string, ...args: unknown[]): string;
  error(msg: string | (() => string), ...args: unknown[]): string | undefined {
    return this.#log(LogLevels.ERROR, msg, args);
  }

  /** Logs at level CRITICAL. */
  critical(msg: () => string, ...args: unknown[]): string | undefined;
  /** Logs at level CRITICAL. */
  critical(msg: string, ...args: unknown[]): string;
  critical(
    msg: string | (() => string),
    ...args: unknown[]
  ): string | undefined {
    return this.#log(LogLevels.CRITICAL, msg, args);
  }

  /** Gives the message; one that is a function is called only when the level is high enough. */
  #log(
    level: LogLevel,
    msg: string | (() => string),
    args: unknown[],
  ): string | undefined {
    if (level < this.#level) return typeof msg === "function" ? undefined : msg;
    const text = typeof msg === "function" ? msg() : msg;
    const record = new LogRecord({
      msg: text,
      args,
      level,
      loggerName: this.#name,
    });
    const delivery: Delivery = { record, handlers: this.handlers };
    const category = this.#tape.category;
    const taped = {
      category, // given by LogTape too, but at five times the cost
      level: TAPE_LEVELS[level],
      message: [text],
      rawMessage: text,
      timestamp: Date.now(),
      properties: { delivery },
    };
    this.#tape.emit(taped);
    if (delivery.error) throw delivery.error.thrown;
    return text;
  }
}
