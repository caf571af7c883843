// The two ways in which a command ends without success that are not bugs.

import { ConfigError } from "../../base/errors.ts";

/** The command line is not one that the command takes. Exit status 2, like any `ConfigError`. */
export class UsageError extends ConfigError {
  override readonly name = "UsageError";
}

/**
 * The work could not be done for a reason outside the program, such as a refused connection: the
 * message goes to standard error without a stack, and the exit status is 1.
 */
export class Failure extends Error {
  override readonly name = "Failure";
}
