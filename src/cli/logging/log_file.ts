// A log file: it is renamed when it is full, and opened anew when somebody else has renamed it.
// @std/log has file handlers, but theirs keep what could not be written and cannot be opened anew.

import { encode } from "../../base/bytes.ts";
import { LOG_BACKUPS, rotatedFiles } from "../../topology/permissions.ts";
import type { LogOutput } from "./log_output.ts";

/** The size that a log file does not exceed, in bytes. */
export const LOG_FILE_BYTES = 16 * 1024 * 1024;

/** The size at which a log file is replaced, and the number of those that are kept. */
export interface Rotation {
  /** The most bytes of a file. */
  readonly maxBytes: number;
  /** Earlier files that are kept; 0 keeps none. */
  readonly backups: number;
}

/** Appends lines to a file and its successors. After a failure the file is opened anew. */
export class LogFile implements LogOutput {
  readonly #path: string;
  readonly #maxBytes: number;
  readonly #backups: number;
  #file: Deno.FsFile | undefined;
  /** The file that is open. */
  #opened: Deno.FileInfo | undefined;

  /** A file that `open` opens. Needs permission to read and write it and the earlier ones. */
  constructor(
    path: string,
    { maxBytes = LOG_FILE_BYTES, backups = LOG_BACKUPS }: Partial<Rotation> = {},
  ) {
    this.#path = path;
    this.#maxBytes = maxBytes;
    this.#backups = backups;
  }

  /** Opens the file, anew if it is open. */
  open(): void {
    this.close();
    this.#file = Deno.openSync(this.#path, { append: true, create: true });
    this.#opened = Deno.statSync(this.#path);
  }

  /** Appends lines, to an empty file if they would make this one too large. */
  writeSync(lines: string): void {
    let rest: Uint8Array = encode(lines);
    try {
      const size = this.#present().size;
      if (size > 0 && size + rest.length > this.#maxBytes) this.#rotate();
      while (rest.length > 0) rest = rest.subarray(this.#file!.writeSync(rest));
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Closes the file if it is open. */
  close(): void {
    this.#file?.close();
    this.#file = undefined;
  }

  /** The file that the path leads to, which is the open one after this. */
  #present(): Deno.FileInfo {
    const there = this.#file && statIfThere(this.#path);
    if (there !== undefined && isSame(there, this.#opened!)) return there;
    this.open();
    return this.#opened!;
  }

  #rotate(): void {
    this.close();
    const files = rotatedFiles(this.#path, this.#backups);
    for (let i = files.length - 1; i >= 1; i--) {
      try {
        Deno.renameSync(files[i - 1]!, files[i]!);
      } catch (error) {
        if (!(error instanceof Deno.errors.NotFound)) throw error;
      }
    }
    if (files.length === 1) Deno.truncateSync(this.#path);
    this.open();
  }
}

function isSame(a: Deno.FileInfo, b: Deno.FileInfo): boolean {
  return a.dev === b.dev && a.ino === b.ino;
}

function statIfThere(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
