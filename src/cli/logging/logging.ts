// Sets up the logging of a server's process, with @std/log, and gives the `Log` that all layers
// below take. Lines are made in log_format.ts, gathered in log_buffer.ts, written in log_output.ts.

import { getLogger, type LevelName, LogLevels, setup } from "@std/log";
import type { Clock } from "../../base/clock.ts";
import type { Fields, Log } from "../../base/log.ts";
import { ConfigError, reasonOf } from "../../base/errors.ts";
import { type EventFormat, formatHuman, formatJson } from "./log_format.ts";
import { captureConsole } from "./console_log.ts";
import { LogBuffer, type LogBufferOptions } from "./log_buffer.ts";
import { LogFile, type Rotation } from "./log_file.ts";
import { type LogStream, streamOutput } from "./log_output.ts";

/** The levels that may be asked for, from all to little. */
export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;

/** The least that is logged. */
export type LogLevelOption = typeof LOG_LEVELS[number];

/** The forms of a line that may be asked for. */
export const LOG_FORMATS = ["human", "json"] as const;

/** The form of a line. */
export type LogFormatOption = typeof LOG_FORMATS[number];

/** Options of a server's log. */
export interface LoggingOptions {
  /** The server's name, which is in every line. */
  readonly server: string;
  readonly clock: Clock;
  /** The least that is logged. */
  readonly level: LogLevelOption;
  /** The form of a line. */
  readonly format: LogFormatOption;
  /** A file for all lines, with rotation; standard error then has warnings and errors only. */
  readonly file?: string | undefined;
  readonly rotation?: Rotation | undefined;
  /** Stands for standard error; that of the process if not given. */
  readonly stderr?: LogStream;
}

/** The logging of the process, from `startLogging` until it is disposed of. */
export interface Logging extends AsyncDisposable {
  /** The log of the whole process. */
  readonly log: Log;
  /** Opens the log file anew, which somebody may have moved. */
  reopen(): void;
}

/**
 * Starts the logging of the process; there is one at a time. Before the process ends it must be
 * disposed of, which writes what is still waiting.
 *
 * @throws {ConfigError} If the log file cannot be opened
 */
export function startLogging(options: LoggingOptions): Logging {
  const level = options.level.toUpperCase() as LevelName;
  const format = options.format === "json" ? formatJson : formatHuman;
  const parts = { clock: options.clock, ...formatsFor(options.server, format) };
  const stderr = streamOutput(options.stderr ?? Deno.stderr);
  const handlers: Record<string, LogBuffer> = {};
  if (options.file === undefined) {
    handlers.stderr = new LogBuffer(level, { output: stderr, ...parts });
  } else {
    handlers.file = new LogBuffer(level, {
      output: new LogFile(options.file, options.rotation),
      ...parts,
    });
    handlers.stderr = new LogBuffer(worse(level, "WARN"), { output: stderr, ...parts });
  }
  const loggers = { [options.server]: { level, handlers: Object.keys(handlers) } };
  try {
    setup({ handlers, loggers });
  } catch (error) {
    setup({});
    const reason = reasonOf(error);
    throw new ConfigError(`Cannot log to '${options.file}': ${reason}`, { cause: error });
  }
  const log = logTo(options.server);
  const capture = captureConsole(log, options.clock);
  return {
    log,
    reopen: () => handlers.file?.reopen(),
    async [Symbol.asyncDispose]() {
      capture[Symbol.dispose]();
      await Promise.all(Object.values(handlers).map((it) => it.finish()));
      setup({});
    },
  };
}

/** A `Log` over the logger of that name: the event is the message, the fields its one argument. */
function logTo(name: string): Log {
  const logger = getLogger(name);
  const debugEnabled = logger.level <= LogLevels.DEBUG;
  return {
    debugEnabled,
    debug: debugEnabled ? (event, fields) => void logger.debug(event, fields) : () => {},
    info: (event, fields) => void logger.info(event, fields),
    warn: (event, fields) => void logger.warn(event, fields),
    error: (event, fields) => void logger.error(event, fields),
  };
}

/** The lines of one server, in one form. */
function formatsFor(
  server: string,
  format: EventFormat,
): Pick<LogBufferOptions, "formatter" | "formatDropped"> {
  return {
    formatter: ({ datetime: time, levelName: level, msg: event, args: [fields = {}] }) =>
      format({ time, level, server, event, fields: fields as Fields }),
    formatDropped: (lines) =>
      format({ time: new Date(), level: "WARN", server, event: "log.dropped", fields: { lines } }),
  };
}

function worse(a: LevelName, b: LevelName): LevelName {
  return LogLevels[a] > LogLevels[b] ? a : b;
}
