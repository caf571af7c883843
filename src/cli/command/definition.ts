// A command: its description, and the function that runs it. Arguments are parsed in parse.ts and the
// help is laid out in help.ts.

import type { Permissions } from "../../topology/permissions.ts";
import type { Context } from "./context.ts";
import type {
  BooleanOption,
  Description,
  IntegerOption,
  Option,
  Options,
  Positionals,
} from "./description.ts";
import { formatHelp } from "./help.ts";
import { parseArguments } from "./parse.ts";

/** The value of an option: undefined only when it was not given and has no default. */
type OptionValue<O extends Option> = O extends BooleanOption ? boolean
  :
    | (O extends IntegerOption ? number
      : O extends { readonly choices: readonly (infer Choice)[] } ? Choice
      : string)
    | (O extends { readonly default: string | number } ? never : undefined);

const NO_PERMISSIONS: Permissions = { net: [], read: [], write: [], env: [] };

/** Parsed arguments of a command: one property for each positional and each option. */
export type Values<P extends Positionals, O extends Options> =
  & { readonly [K in keyof P]: P[K] extends { optional: true } ? string | undefined : string }
  & { readonly [K in keyof O]: OptionValue<O[K]> };

/** A command with the types of its arguments. */
export interface Definition<P extends Positionals, O extends Options> extends Description {
  readonly positionals?: P;
  readonly options?: O;
  /**
   * All that `run` touches with these values. Where the process was granted less, the command runs
   * in another one that is granted exactly this. None when left out: what a task grants is enough.
   *
   * @throws {ConfigError} If something is wrong that the user can put right.
   */
  permissions?(
    values: Values<P, O>,
    context: Pick<Context, "env" | "stdin" | "stdout">,
  ): Partial<Permissions> | Promise<Partial<Permissions>>;
  /**
   * Does the work and gives the exit status.
   *
   * @throws {ConfigError} If something is wrong that the user can put right: exit status 2.
   * @throws {Failure} If it could not be done: exit status 1. Anything else that is thrown is taken
   * for a bug and shown with its stack.
   */
  run(values: Values<P, O>, context: Context): number | Promise<number>;
}

/** A command, ready to be given arguments. */
export interface Command extends Description {
  /** Undefined for a command that needs no more than every task grants. */
  readonly permissions?: unknown;
  /** Parses the arguments after the command's name, and runs it or prints its help. */
  invoke(args: readonly string[], context: Context): Promise<number>;
}

/**
 * Makes a command of its definition. A file in this folder defines one and exports it as default.
 *
 * @example
 * ```ts
 * export default command({
 *   name: "greet",
 *   summary: "Say hello to somebody",
 *   positionals: { who: { description: "Whom to greet" } },
 *   options: {
 *     times: { kind: "integer", placeholder: "n", min: 1, max: 9, default: 1, description: "How often" },
 *   },
 *   run({ who, times }, { stdout }) { // who: string, times: number
 *     stdout.write(`Hello, ${who}\n`.repeat(times));
 *     return 0;
 *   },
 * });
 * ```
 */
export function command<
  const P extends Positionals = Record<never, never>,
  const O extends Options = Record<never, never>,
>(definition: Definition<P, O>): Command {
  return {
    ...definition,
    async invoke(args, context) {
      const values = parseArguments(definition, args);
      if (values === "help") {
        context.stdout.write(formatHelp(definition, context.stdout));
        return 0;
      }
      // The parser gives exactly the properties that the description declares.
      const given = values as unknown as Values<P, O>;
      if (definition.permissions !== undefined) {
        const needed = { ...NO_PERMISSIONS, ...await definition.permissions(given, context) };
        const status = await context.delegate(needed, [definition.name, ...args]);
        if (status !== undefined) return status;
      }
      return await definition.run(given, context);
    },
  };
}
