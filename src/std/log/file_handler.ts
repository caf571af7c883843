// Writes to a file through a buffer. LogTape's file sinks do not fit: they have no flush, and write
// and sync every short line at once.

import { BaseHandler, type BaseHandlerOptions } from "./base_handler.ts";
import { type LevelName, LogLevels } from "./levels.ts";
import type { LogRecord } from "./logger.ts";

/** How a file is opened: to append, anew, or only if there is none. */
export type LogMode = "a" | "w" | "x";

/** What a file handler must and may be given. */
export interface FileHandlerOptions extends BaseHandlerOptions {
  /** The path of the file. */
  filename: string;
  /** How it is opened, `a` if not given. */
  mode?: LogMode;
  /** Size of the buffer in bytes, 4,096 if not given. */
  bufferSize?: number;
}

const encoder = new TextEncoder();

/**
 * Writes to a file through a buffer, which is written out when it is full, at a CRITICAL record, on
 * `flush`, and when the process ends. Needs permission to write the file.
 */
export class FileHandler extends BaseHandler {
  /** The path of the file. */
  protected readonly filename: string;
  /** How it is opened. */
  protected readonly mode: LogMode;
  readonly #buffer: Uint8Array;
  #length = 0;
  #file: Deno.FsFile | undefined;
  readonly #onUnload = () => this.destroy();

  /** Makes a handler of that level; the file is opened by `setup`. */
  constructor(levelName: LevelName, options: FileHandlerOptions) {
    super(levelName, options);
    this.filename = options.filename;
    this.mode = options.mode ?? "a";
    this.#buffer = new Uint8Array(options.bufferSize ?? 4096);
  }

  /** Opens the file. */
  override setup(): void {
    this.open();
    this.#length = 0;
    addEventListener("unload", this.#onUnload);
  }

  /** Takes a record. */
  override handle(logRecord: LogRecord): void {
    super.handle(logRecord);
    if (logRecord.level > LogLevels.ERROR) this.flush();
  }

  /** Puts a line into the buffer. */
  override log(msg: string): void {
    const bytes = encoder.encode(msg + "\n");
    if (bytes.length > this.#buffer.length - this.#length) this.flush();
    if (bytes.length > this.#buffer.length) {
      this.#write(bytes);
    } else {
      this.#buffer.set(bytes, this.#length);
      this.#length += bytes.length;
    }
  }

  /** Writes out what is in the buffer. */
  flush(): void {
    if (!this.#file || this.#length === 0) return;
    this.#write(this.#buffer.subarray(0, this.#length));
    this.#length = 0;
  }

  /** Writes out what is in the buffer and closes the file. */
  override destroy(): void {
    this.flush();
    this.close();
    removeEventListener("unload", this.#onUnload);
  }

  /** Opens the file by its mode. */
  protected open(): void {
    this.#file = Deno.openSync(this.filename, {
      write: true,
      append: this.mode === "a",
      truncate: this.mode !== "a",
      create: this.mode !== "x",
      createNew: this.mode === "x",
    });
  }

  /** Closes the file. */
  protected close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  #write(bytes: Uint8Array): void {
    let written = 0;
    while (written < bytes.length) {
      written += this.#file!.writeSync(bytes.subarray(written));
    }
  }
}
