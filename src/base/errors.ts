// Errors as words, for logs and for people.

import { textOf, withoutMark } from "./text/files.ts";

/** The reason for a failure: an error's message, or its name without one; anything else as text. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message || error.name : String(error);
}

/** An error with the calls that led to it, for a bug. */
export function stackOf(error: unknown): string {
  return error instanceof Error ? error.stack ?? String(error) : String(error);
}

/** True for an error that only a mistake in the code causes; what the world does has other classes. */
export function isBug(error: unknown): boolean {
  return [TypeError, RangeError, ReferenceError, SyntaxError].some((it) => error instanceof it);
}

/**
 * A mistake in a file, an option or a variable, which only the person who runs the herd can put
 * right: one line of message for each problem. The command line prints it without a stack and exits
 * with status 2.
 */
export class ConfigError extends Error {
  override readonly name: string = "ConfigError";
}

/** Options of `readFile`. */
export interface ReadOptions {
  /** Reads a file's bytes, as `Deno.readFile` does, or its text. */
  read(path: string): Promise<Uint8Array | string>;
  /** The file or what it holds, for the message, such as `the topology`. */
  readonly what?: string;
  /** The command that makes the file, for the error when it is missing. */
  readonly remedy?: string;
}

/**
 * Reads a text file that somebody wrote for the herd: UTF-8, with or without a byte order mark.
 *
 * @throws {ConfigError} If it cannot be read, or is not UTF-8.
 */
export async function readConfig(path: string, options: ReadOptions): Promise<string> {
  const { read, what, remedy } = options;
  const named = what === undefined ? `'${path}'` : `${what} '${path}'`;
  let content: Uint8Array | string;
  try {
    content = await read(path);
  } catch (error) {
    const name = error instanceof Error ? error.name : undefined;
    const reason = name === "NotFound"
      ? `no such file${remedy === undefined ? "" : `; ${remedy}`}`
      : name === "NotCapable"
      ? "this process was not granted it; 'herd flags' prints the flags that a server needs"
      : reasonOf(error);
    throw new ConfigError(`Cannot read ${named}: ${reason}`, { cause: error });
  }
  const text = typeof content === "string" ? content : textOf(content);
  if (typeof text === "string") return withoutMark(text);
  throw new ConfigError(
    `Cannot read ${named}: line ${text.line} is not UTF-8. Save the file as UTF-8`,
  );
}
