// A command as data: its name, its arguments and its options.

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
  /** Stands for the value in the help, such as `file`. */
  readonly placeholder: string;
  /** The only values allowed; all when left out. */
  readonly choices?: readonly string[];
  /** True if it may be given several times; the texts are joined by commas. */
  readonly isList?: boolean;
  readonly default?: string;
}

/** An option that takes a whole number within bounds. */
export interface IntegerOption {
  readonly kind: "integer";
  /** A sentence without a period. */
  readonly description: string;
  /** Stands for the value in the help, such as `port`. */
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

/** A command as the help shows it. */
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

/** The name of an option as it is written on the command line: `log-level` for `logLevel`. */
export function flagName(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
