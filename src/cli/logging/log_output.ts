// Outputs of log lines: a stream such as standard error, or a file (log_file.ts).

import { encode } from "../../base/bytes.ts";

/** Writes lines, each with its newline. */
export interface LogOutput {
  /** Opens it, anew if it is open; throws when it cannot. */
  open(): void;
  /** Writes lines before it returns; throws when it cannot. Not to be called during a `write`. */
  writeSync(lines: string): void;
  /** Writes lines without holding the process up; rejects when it cannot. */
  write?(lines: string): Promise<void>;
  close(): void;
}

/** A stream of bytes, as `Deno.stderr` is one. */
export interface LogStream {
  /** Writes some of the bytes, and gives how many. */
  write(bytes: Uint8Array): Promise<number>;
  /** The same, before it returns. */
  writeSync(bytes: Uint8Array): number;
}

/** Lines go to a stream, which is open and stays so. */
export function streamOutput(stream: LogStream): LogOutput {
  return {
    open() {},
    writeSync(lines) {
      let rest: Uint8Array = encode(lines);
      while (rest.length > 0) rest = rest.subarray(stream.writeSync(rest));
    },
    async write(lines) {
      let rest: Uint8Array = encode(lines);
      while (rest.length > 0) rest = rest.subarray(await stream.write(rest));
    },
    close() {},
  };
}
