// Where log lines go: a stream such as standard error, or a file that is rotated.

import { RotatingFileHandler } from "@std/log";

/** The size that a log file does not exceed, in bytes. */
export const LOG_FILE_BYTES = 16 * 1024 * 1024;

/** How many earlier log files are kept. */
export const LOG_FILE_BACKUPS = 5;

/** Takes lines, each with its newline. */
export interface LogOutput {
  /** Opens it; throws when it cannot. */
  open(): void;
  /** Writes lines before it returns; throws when it cannot. Not to be called during a `write`. */
  writeSync(lines: string): void;
  /** Writes lines without holding the process up; rejects when it cannot. */
  write?(lines: string): Promise<void>;
  /** Closes it. */
  close(): void;
}

/** A stream of bytes, as `Deno.stderr` is one. */
export interface LogStream {
  /** Writes some of the bytes, and gives how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** The same, before it returns. */
  writeSync(bytes: Uint8Array): number;
}

const encoder = new TextEncoder();

/** Lines go to a stream, which is open and stays so. */
export function streamOutput(stream: LogStream): LogOutput {
  return {
    open() {},
    writeSync(lines) {
      let rest = encoder.encode(lines);
      while (rest.length > 0) rest = rest.subarray(stream.writeSync(rest));
    },
    async write(lines) {
      let rest = encoder.encode(lines);
      while (rest.length > 0) rest = rest.subarray(await stream.write(rest));
    },
    close() {},
  };
}

/**
 * Lines go to the end of a file. Before it would exceed `maxBytes` it is renamed to `<path>.1`, and
 * so on up to `LOG_FILE_BACKUPS`. After a failure the file is opened anew.
 */
export function fileOutput(path: string, maxBytes: number = LOG_FILE_BYTES): LogOutput {
  // No buffer: lines come in blocks, and a block that could not be written must not stay in one.
  const options = { filename: path, maxBytes, maxBackupCount: LOG_FILE_BACKUPS, bufferSize: 0 };
  let handler: RotatingFileHandler | undefined;
  const open = () => {
    const opened = new RotatingFileHandler("NOTSET", options);
    opened.setup();
    return handler = opened;
  };
  return {
    open: () => void open(),
    writeSync(lines) {
      const current = handler ?? open();
      try {
        current.log(lines.slice(0, -1)); // it adds a newline
      } catch (error) {
        handler = undefined;
        discard(current);
        throw error;
      }
    },
    close() {
      handler?.destroy();
    },
  };
}

/** Lets go of a handler in whatever state it is. */
function discard(handler: RotatingFileHandler): void {
  try {
    handler.destroy();
  } catch {
    // It failed already; that it is gone is all that matters.
  }
}
