// Types of @std/cli/parse-args 1.0, for the npm publication of it that has none.
// Simpler than the original's and never more generous: what passes here passes there. Aliases,
// names with a dot and names only known at run time are `unknown` here.

type Names = string | undefined;
type Defaults = Record<string, unknown> | undefined;
type Aliases = Record<string, string | readonly string[]> | undefined;

/** The names that are literal types and have no dot. */
type Literal<N extends Names> = N extends string
  ? string extends N ? never : N extends `${string}.${string}` ? never : N
  : never;

/** Types that a flag may have besides its own. */
type Negated<K, N extends Names> = K extends Literal<N> ? false : never;

/** Flags by name before defaults: booleans and collected ones are always there. */
type Flags<B extends Names, S extends Names, C extends Names, N extends Names> =
  & { [K in Exclude<Literal<B>, C>]: boolean }
  & { [K in Extract<Literal<B>, C>]: boolean[] }
  & { [K in Exclude<Literal<S>, C>]?: string | Negated<K, N> }
  & { [K in Extract<Literal<S>, C>]: string[] | Negated<K, N> }
  & { [K in Exclude<Literal<C>, B | S>]: unknown[] | Negated<K, N> };

/** Flags with their defaults: one that has a default is always there. */
type WithDefaults<F, D> = [D] extends [undefined] ? F
  :
    & Omit<F, keyof D>
    & { [K in keyof D]: K extends keyof F ? D[K] | NonNullable<F[K]> : unknown };

/** A type written out as one object, as an editor shows it best. */
type Flat<T> = { [K in keyof T]: T[K] };

/** Options of `parseArgs`. Names come without dashes. */
export interface ParseOptions<
  TBooleans extends Names = Names,
  TStrings extends Names = Names,
  TCollectable extends Names = Names,
  TNegatable extends Names = Names,
  TDefault extends Defaults = Defaults,
  TAliases extends Aliases = Aliases,
  TDoubleDash extends boolean | undefined = boolean | undefined,
> {
  /** True to return what follows `--` as `"--"` and not as part of `_`. */
  "--"?: TDoubleDash;
  /** Other names, by name. */
  alias?: TAliases;
  /** Flags that take no value; false when they are not given. */
  boolean?: TBooleans | readonly Extract<TBooleans, string>[];
  /** Values of flags that are not given. */
  default?: TDefault;
  /** True to stop at the first argument that is no flag; the rest belongs to `_`. */
  stopEarly?: boolean;
  /** Flags with a value that stays a string. */
  string?: TStrings | readonly Extract<TStrings, string>[];
  /** Flags that may come more than once, given as arrays; empty when they are not given. */
  collect?: TCollectable | readonly Extract<TCollectable, string>[];
  /** Flags that may also be given as `--no-name`, which makes them false. */
  negatable?: TNegatable | readonly Extract<TNegatable, string>[];
  /**
   * Called with each flag that is not named in these options (and with each other argument, then
   * with no key). What it returns false for is left out of the result.
   */
  unknown?: (arg: string, key?: string, value?: unknown) => unknown;
}

/**
 * Turns command line arguments into flags and, under `_`, the arguments that are none.
 *
 * Flags that no option names are `unknown`: numbers where they look like one, else strings or true.
 */
export function parseArgs<
  TBooleans extends Names = undefined,
  TStrings extends Names = undefined,
  TCollectable extends Names = undefined,
  TNegatable extends Names = undefined,
  TDefaults extends Defaults = undefined,
  TAliases extends Aliases = undefined,
  TDoubleDash extends boolean | undefined = undefined,
>(
  args: string[],
  options?: ParseOptions<
    TBooleans,
    TStrings,
    TCollectable,
    TNegatable,
    TDefaults,
    TAliases,
    TDoubleDash
  >,
): Flat<
  & Record<string, unknown>
  & WithDefaults<Flags<TBooleans, TStrings, TCollectable, TNegatable>, TDefaults>
  & { _: (string | number)[] }
  & ([TDoubleDash] extends [true] ? { "--": string[] } : unknown)
>;
