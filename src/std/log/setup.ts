// The loggers and handlers of the process, by name.

import type { BaseHandler } from "./base_handler.ts";
import type { LevelName } from "./levels.ts";
import { Logger } from "./logger.ts";

/** The set-up of one logger. */
export interface LoggerConfig {
  /** The lowest level it takes, `INFO` if not given. */
  level?: LevelName;
  /** The names of its handlers. */
  handlers?: string[];
}

/** Handlers and loggers by name. */
export interface LogConfig {
  /** All handlers. */
  handlers?: Record<string, BaseHandler>;
  /** All loggers. */
  loggers?: Record<string, LoggerConfig>;
}

const handlers = new Map<string, BaseHandler>();
const loggers = new Map<string, Logger>();

/** Destroys the handlers and forgets the loggers that there were, and sets up new ones. */
export function setup(config: LogConfig): void {
  for (const handler of handlers.values()) handler.destroy();
  handlers.clear();
  loggers.clear();
  for (const [name, handler] of Object.entries(config.handlers ?? {})) {
    handler.setup();
    handlers.set(name, handler);
  }
  for (
    const [name, { level = "INFO", handlers: names = [] }] of Object.entries(config.loggers ?? {})
  ) {
    const own = names.flatMap((it) => handlers.get(it) ?? []);
    loggers.set(name, new Logger(name, level, { handlers: own }));
  }
}

/** The logger of that name; one that was not set up has no handlers. */
export function getLogger(name: string): Logger {
  let logger = loggers.get(name);
  if (logger === undefined) {
    logger = new Logger(name, "NOTSET");
    loggers.set(name, logger);
  }
  return logger;
}
