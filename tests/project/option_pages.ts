// Compares what pages say of options and commands with the options and commands themselves.

import type { Option } from "../../src/cli/command/description.ts";

/** Units of a page by the unit of an option, in the option's own. */
const UNITS: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  seconds: { s: 1, minutes: 60, hour: 3_600 },
  KiB: { KiB: 1, MiB: 1024 },
  MiB: { MiB: 1, GiB: 1024 },
};

/** The rows of the tables of a page, by their cells. */
export function tableRows(page: string): string[][] {
  return page.split("\n").filter((it) => it.startsWith("| ")).map((it) =>
    it.split("|").slice(1, -1).map((cell) => cell.trim())
  );
}

/** An option's name as it is given: `--max-http-rate`. */
export function optionName(key: string): string {
  return `--${key.replace(/[A-Z]/g, (it) => `-${it.toLowerCase()}`)}`;
}

/** The value that an option has when it is left out, in its own unit; undefined if it has none. */
export function defaultOf(option: Option): number | undefined {
  if (option.kind !== "integer") return undefined;
  const said = /left out, (\d+)/.exec(option.description)?.[1];
  return option.default ?? (said === undefined ? undefined : Number(said));
}

/** The first value of a cell such as `256 KiB a client` or `an hour`, in an option's unit. */
export function shownValue(cell: string, unit: string): number | undefined {
  const match = /^(an|[\d,]*\d) ?(\w+)?/.exec(cell);
  if (match === null) return undefined;
  const [, number, word = ""] = match;
  const factors = UNITS[unit];
  const factor = factors === undefined ? 1 : factors[word];
  return factor === undefined
    ? undefined
    : factor * (number === "an" ? 1 : Number(number!.replaceAll(",", "")));
}

/**
 * What a page's table of limits says that is not so: options that there are not, other defaults, and
 * options that it leaves out. A row may have several options, separated like their values by commas.
 */
export function wrongLimits(page: string, options: Readonly<Record<string, Option>>): string[] {
  const known = new Map(Object.entries(options).map(([key, it]) => [optionName(key), it]));
  const missing = new Set(known.keys());
  const wrong: string[] = [];
  for (const [names = "", values = ""] of tableRows(page)) {
    const all = [...names.matchAll(/`(--[\w-]+)`/g)].map((it) => it[1]!);
    const shown = values.split(";")[0]!.split(/, (?=\d)/);
    for (const [index, name] of all.entries()) {
      const option = known.get(name);
      if (option === undefined) {
        wrong.push(`${name}: there is no such option`);
        continue;
      }
      missing.delete(name);
      const text = shown[index] ?? shown[0]!;
      const unit = option.kind === "integer" ? option.placeholder : "";
      const value = shownValue(text, unit);
      const is = defaultOf(option);
      // Some defaults depend on another option; the page says so in words.
      if (is !== undefined && value !== is) wrong.push(`${name}: ${is}, not '${text}'`);
    }
  }
  return [...wrong, ...[...missing].map((it) => `${it}: it is not in the table`)];
}
