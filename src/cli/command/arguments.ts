// Turns values back into the arguments that a command line gives them by: the way back of parse.ts.

import { flagName, type Options } from "./description.ts";
import type { ParsedValues } from "./parse.ts";

/**
 * The arguments that `parseArguments` makes these values of. A value that is the option's default is
 * left out, and so is one that was not given.
 */
export function argumentsOf(options: Options, values: ParsedValues): string[] {
  return Object.entries(options).flatMap(([name, option]) => {
    const value = values[name];
    const flag = `--${flagName(name)}`;
    if (option.kind === "boolean") return value === true ? [flag] : [];
    // With '=' a value may begin with a dash.
    return value === undefined || value === option.default ? [] : [`${flag}=${value}`];
  });
}
