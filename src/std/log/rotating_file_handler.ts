// Writes to a file that is renamed when it is full: `log` to `log.1`, `log.1` to `log.2`, and so on.

import { FileHandler, type FileHandlerOptions } from "./file_handler.ts";
import type { LevelName } from "./levels.ts";

/** What a rotating file handler must and may be given. */
export interface RotatingFileHandlerOptions extends FileHandlerOptions {
  /** The size in bytes that the file does not exceed (but for a longer line). */
  maxBytes: number;
  /** How many earlier files are kept. */
  maxBackupCount: number;
}

/**
 * Writes to a file, and to a new one before it would be larger than `maxBytes`. Mode `w` also removes
 * the earlier files, and mode `x` throws if there are any. Needs permission to read and write the
 * file and the earlier ones.
 */
export class RotatingFileHandler extends FileHandler {
  readonly #maxBytes: number;
  readonly #maxBackupCount: number;
  #size = 0;

  /** Makes a handler of that level; the file is opened by `setup`. */
  constructor(levelName: LevelName, options: RotatingFileHandlerOptions) {
    super(levelName, options);
    this.#maxBytes = options.maxBytes;
    this.#maxBackupCount = options.maxBackupCount;
  }

  /** Opens the file. */
  override setup(): void {
    if (this.#maxBytes < 1) {
      throw new Error(`"maxBytes" must be >= 1: received ${this.#maxBytes}`);
    }
    if (this.#maxBackupCount < 1) {
      throw new Error(
        `"maxBackupCount" must be >= 1: received ${this.#maxBackupCount}`,
      );
    }
    super.setup();
    if (this.mode === "w") this.#removeBackups();
    else if (this.mode === "x") this.#refuseBackups();
    else this.#size = Deno.statSync(this.filename).size;
  }

  /** Puts a line into the buffer, after a rotation if the file would be too large. */
  override log(msg: string): void {
    const size = new TextEncoder().encode(msg).length + 1;
    if (this.#size + size > this.#maxBytes) {
      this.rotateLogFiles();
      this.#size = 0;
    }
    super.log(msg);
    this.#size += size;
  }

  /** Renames the file and the earlier ones, forgets the oldest, and opens a new file. */
  rotateLogFiles(): void {
    this.flush();
    this.close();
    for (let i = this.#maxBackupCount; i >= 1; i--) {
      ignoreNotFound(() =>
        Deno.renameSync(
          i === 1 ? this.filename : this.#backup(i - 1),
          this.#backup(i),
        )
      );
    }
    this.open();
  }

  #backup(number: number): string {
    return `${this.filename}.${number}`;
  }

  #removeBackups(): void {
    for (let i = 1; i <= this.#maxBackupCount; i++) {
      ignoreNotFound(() => Deno.removeSync(this.#backup(i)));
    }
  }

  #refuseBackups(): void {
    for (let i = 1; i <= this.#maxBackupCount; i++) {
      if (!ignoreNotFound(() => Deno.lstatSync(this.#backup(i)))) continue;
      this.destroy();
      throw new Deno.errors.AlreadyExists(
        `Backup log file ${this.#backup(i)} already exists`,
      );
    }
  }
}

function ignoreNotFound<T>(act: () => T): T | undefined {
  try {
    return act();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}
