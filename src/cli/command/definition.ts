// What a command is: its name, arguments and options, all declared as data, and the function that
// runs it. Arguments are parsed in parse.ts and the help is laid out in help.ts.

import type { Context } from "./context.ts";
import { formatHelp } from "./help.ts";
import { parseArguments } from "./parse.ts";

/** An argument that is told by its place. It is required unless it is `optional`. */
export interface Positional {
  /** A sentence without a period. */
  readonly description: string;
  readonly optional?: boolean;
}

/** An option that takes a text. */
export interface StringOption {
  readonly kind: "string";
  /** A sentence without a period. */
  readonly description: string;
  /** What stands for the value in the help, such as `file`. */
  readonly placeholder: string;
  /** The only values allowed; all when left out. */
  readonly choices?: readonly string[];
  readonly default?: string;
}

/** An option that takes a whole number within bounds. */
export interface IntegerOption {
  readonly kind: "integer";
  /** A sentence without a period. */
  readonly description: string;
  /** What stands for the value in the help, such as `port`. */
  readonly placeholder: string;
  /** The least value allowed. */
  readonly min: number;
  /** The greatest value allowed. */
  readonly max: number;
  readonly default?: number;
}

/** An option that takes no value: true when it is given, else false. */
export interface BooleanOption {
  readonly kind: "boolean";
  /** A sentence without a period. */
  readonly description: string;
}

/** An option of a command. */
export type Option = StringOption | IntegerOption | BooleanOption;

/** Positional arguments by name, in their order. */
export type Positionals = Readonly<Record<string, Positional>>;

/** Options by name in camel case: `logLevel` is `--log-level` on the command line. */
export type Options = Readonly<Record<string, Option>>;

/** The value of an option: undefined only when it was not given and has no default. */
type OptionValue<O extends Option> = O extends BooleanOption ? boolean
  :
    | (O extends IntegerOption ? number
      : O extends { readonly choices: readonly (infer Choice)[] } ? Choice
      : string)
    | (O extends { readonly default: string | number } ? never : undefined);

/** What a command's arguments come to: one property for each positional and each option. */
export type Values<P extends Positionals, O extends Options> =
  & { readonly [K in keyof P]: P[K] extends { optional: true } ? string | undefined : string }
  & { readonly [K in keyof O]: OptionValue<O[K]> };

/** What the help shows of a command. */
export interface Description {
  /** The word on the command line. */
  readonly name: string;
  /** One line in the imperative, without a period, for the list of commands. */
  readonly summary: string;
  /** Paragraphs that say what else a user should know, each on one line; they are wrapped. */
  readonly details?: readonly string[];
  readonly positionals?: Positionals;
  readonly options?: Options;
  /** The environment variables that it reads, with what each one is for. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Command lines without the leading `herd`, with what each one does. */
  readonly examples?: Readonly<Record<string, string>>;
}

/** A command with the types of its arguments. */
export interface Definition<P extends Positionals, O extends Options> extends Description {
  readonly positionals?: P;
  readonly options?: O;
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
      return await definition.run(values as unknown as Values<P, O>, context);
    },
  };
}
