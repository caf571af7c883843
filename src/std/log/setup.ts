// The loggers and handlers of the process, by name.

import type { BaseHandler } from "./base_handler.ts";
import { ConsoleHandler } from "./console_handler.ts";
import type { LevelName } from "./levels.ts";
import { Logger } from "./logger.ts";

/** What a logger is set up with. */
export interface LoggerConfig {
  /** The lowest level it takes, `INFO` if not given. */
  level?: LevelName;
  /** The names of its handlers. */
  handlers?: string[];
}

/** Handlers and loggers by name. */
export interface LogConfig {
  /** Handlers, besides `default`. */
  handlers?: Record<string, BaseHandler>;
  /** Loggers, besides `default`. */
  loggers?: Record<string, LoggerConfig>;
}

const DEFAULT_LEVEL = "INFO";
const defaultHandler = new ConsoleHandler(DEFAULT_LEVEL);
const handlers = new Map<string, BaseHandler>();
const loggers = new Map<string, Logger>();

/** Destroys the handlers and forgets the loggers that there were, and sets up new ones. */
export function setup(config: LogConfig): void {
  for (const handler of handlers.values()) handler.destroy();
  handlers.clear();
  for (
    const [name, it] of Object.entries({
      default: defaultHandler,
      ...config.handlers,
    })
  ) {
    it.setup();
    handlers.set(name, it);
  }
  const defaultLogger: LoggerConfig = {
    level: DEFAULT_LEVEL,
    handlers: ["default"],
  };
  loggers.clear();
  for (
    const [name, it] of Object.entries({
      default: defaultLogger,
      ...config.loggers,
    })
  ) {
    const its = (it.handlers ?? []).flatMap((name) => handlers.get(name) ?? []);
    loggers.set(
      name,
      new Logger(name, it.level ?? DEFAULT_LEVEL, { handlers: its }),
    );
  }
}

/** The logger of that name, `default` if not given; one that was not set up has no handlers. */
export function getLogger(name?: string): Logger {
  let logger = loggers.get(name || "default");
  if (!logger) {
    logger = new Logger(name!, "NOTSET");
    loggers.set(name!, logger);
  }
  return logger;
}

setup({});
