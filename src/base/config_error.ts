// What is wrong in a way that only the person who runs the herd can put right.
// The command line prints it without a stack and exits with status 2.

/** A mistake in a file, an option or a variable: one line of message for each problem. */
export class ConfigError extends Error {
  override readonly name: string = "ConfigError";
}
