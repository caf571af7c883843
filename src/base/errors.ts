// Errors as words, for logs and for people.

/** What went wrong: an error's message, its name if it has none; anything else as a text. */
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

/** How a file is read. */
export interface ReadOptions {
  /** Gives a file's text, as `Deno.readTextFile` does. */
  read(path: string): Promise<string>;
  /** The file or what it holds, for the message, such as `the topology`. */
  readonly what?: string;
  /** What makes the file, if it is not there. */
  readonly remedy?: string;
}

/**
 * Reads a file that somebody wrote for the herd.
 *
 * @throws {ConfigError} If it cannot be read.
 */
export async function readConfig(path: string, options: ReadOptions): Promise<string> {
  const { read, what, remedy } = options;
  try {
    return await read(path);
  } catch (error) {
    const name = error instanceof Error ? error.name : undefined;
    const reason = name === "NotFound"
      ? `no such file${remedy === undefined ? "" : `; ${remedy}`}`
      : name === "NotCapable"
      ? "this process was not granted it; 'herd flags' prints the flags that a server needs"
      : reasonOf(error);
    const named = what === undefined ? `'${path}'` : `${what} '${path}'`;
    throw new ConfigError(`Cannot read ${named}: ${reason}`, { cause: error });
  }
}
