// Turns a command's arguments into the values it declared, or says what is wrong with them.

import { parseArgs } from "@std/cli/parse-args";
import { closest } from "../../topology/nearest_name.ts";
import { type Description, flagName, type Option } from "./description.ts";
import { UsageError } from "./errors.ts";

/** Values by the names that the description gives them. */
export type ParsedValues = Record<string, string | number | boolean | undefined>;

/**
 * Parses the arguments after the command's name.
 *
 * @returns The values, or `"help"` when that is asked for, whatever else is wrong.
 * @throws {UsageError} If they are not what the command takes.
 */
export function parseArguments(
  description: Description,
  args: readonly string[],
): ParsedValues | "help" {
  const options = new Map(
    Object.entries(description.options ?? {}).map(([name, option]) => [flagName(name), option]),
  );
  const flags = args.includes("--") ? args.slice(0, args.indexOf("--")) : args;
  if (flags.includes("--help") || flags.includes("-h")) return "help";

  const fail = (problem: string): never => {
    const end = problem.endsWith("?") ? "" : ".";
    throw new UsageError(
      `${problem}${end} Run 'herd ${description.name} --help' for what it takes`,
    );
  };
  const parsed = parseArgs([...args], {
    string: ["_", ...[...options].flatMap(([name, it]) => it.kind === "boolean" ? [] : [name])],
    collect: [...options].flatMap(([name, it]) => isList(it) ? [name] : []),
    boolean: [...options].flatMap(([name, it]) => it.kind === "boolean" ? [name] : []),
    unknown(argument, key) {
      if (key === undefined) return true;
      const name = argument.replace(/=.*/s, "");
      const meant = closest(name.replace(/^-+/, ""), [...options.keys(), "help"]);
      return fail(`Unknown option '${name}'${meant ? `: did you mean '--${meant}'?` : ""}`);
    },
  });

  const values: ParsedValues = {};
  for (const [name, option] of Object.entries(description.options ?? {})) {
    const flag = flagName(name);
    if (option.kind === "boolean" && flags.some((it) => it.startsWith(`--${flag}=`))) {
      fail(`Option '--${flag}' takes no value`);
    }
    values[name] = parseOption(flag, option, textOf(option, parsed[flag]), fail);
  }
  const rest = parsed._.map(String);
  for (const [name, positional] of Object.entries(description.positionals ?? {})) {
    const value = rest.shift();
    if (value === undefined && !positional.optional) fail(`Missing argument <${name}>`);
    values[name] = value;
  }
  if (rest.length > 0) fail(`Unexpected argument '${rest[0]}'`);
  return values;
}

function isList(option: Option): boolean {
  return option.kind === "string" && option.isList === true;
}

/** The texts of a list as one; undefined if it was not given. An empty one makes all of it empty. */
function textOf(option: Option, value: unknown): unknown {
  if (!isList(option) || !Array.isArray(value)) return value;
  if (value.length === 0) return undefined;
  return value.includes("") ? "" : value.join(",");
}

function parseOption(
  flag: string,
  option: Option,
  text: unknown,
  fail: (problem: string) => never,
): string | number | boolean | undefined {
  if (option.kind === "boolean") return text === true;
  if (text === undefined) return option.default;
  if (text === "") fail(`Option '--${flag}' needs a value: '--${flag} <${option.placeholder}>'`);
  const value = String(text);
  if (option.kind === "integer") {
    const number = Number(value);
    if (!/^-?\d+$/.test(value) || number < option.min || number > option.max) {
      fail(
        `Option '--${flag}' takes a whole number from ${option.min} to ${option.max}, not '${value}'`,
      );
    }
    return number;
  }
  if (option.choices && !option.choices.includes(value)) {
    const meant = closest(value, option.choices);
    fail(
      `Option '--${flag}' takes one of ${option.choices.join(", ")}, not '${value}'` +
        (meant ? `: did you mean '${meant}'?` : ""),
    );
  }
  return value;
}
