// Lays out a command's `--help`: sections with aligned columns, wrapped to the width of the terminal.

import type { Output } from "./context.ts";
import { type Description, flagName, type Option } from "./description.ts";
import { bold } from "./style.ts";

/** Lines wider than this are tiring to read, however wide the terminal is. */
const MAX_COLUMNS = 100;

/** Space between the columns and before the first. */
const GAP = "  ";

/** A first column wider than this moves its text to the next line. */
const MAX_TERM = 40;

/** The help of one command. */
export function formatHelp(description: Description, output: Output): string {
  const { name, summary, details = [], positionals = {}, options = {} } = description;
  const usage = [`herd ${name}`, "[options]"];
  for (const [positional, { optional }] of Object.entries(positionals)) {
    usage.push(optional ? `[${positional}]` : `<${positional}>`);
  }
  const paragraphs = [summary, ...details].map((it) => wrap(it, widthOf(output)).join("\n"));
  return [
    ...paragraphs,
    `${bold("Usage:", output)} ${usage.join(" ")}`,
    ...section(
      "Arguments",
      Object.entries(positionals).map(([it, { description, optional }]) => [
        optional ? `[${it}]` : `<${it}>`,
        description,
      ]),
      output,
    ),
    ...section("Options", [
      ...Object.entries(options).map(([it, option]) => optionRow(flagName(it), option)),
      ["-h, --help", "Show this help"],
    ], output),
    ...section("Environment", Object.entries(description.environment ?? {}), output),
    ...section(
      "Examples",
      Object.entries(description.examples ?? {}).map(([line, does]) => [`herd ${line}`, does]),
      output,
    ),
  ].join("\n\n") + "\n";
}

/** A titled list of terms and what they mean; nothing when it has no rows. */
export function section(
  title: string,
  rows: readonly (readonly [term: string, text: string])[],
  output: Output,
): string[] {
  if (rows.length === 0) return [];
  const widest = Math.max(...rows.map(([term]) => term.length).filter((it) => it <= MAX_TERM), 0);
  const indent = GAP.length + widest + GAP.length;
  const lines = rows.flatMap(([term, text]) => {
    const [first = "", ...rest] = wrap(text, widthOf(output) - indent);
    const following = rest.map((line) => " ".repeat(indent) + line);
    return term.length <= widest
      ? [GAP + term.padEnd(widest) + GAP + first, ...following]
      : [GAP + term, " ".repeat(indent) + first, ...following];
  });
  return [[bold(`${title}:`, output), ...lines].join("\n")];
}

function optionRow(flag: string, option: Option): [string, string] {
  if (option.kind === "boolean") return [`--${flag}`, option.description];
  const facts = [];
  if (option.kind === "string" && option.choices) facts.push(option.choices.join(", "));
  if (option.kind === "integer") facts.push(`${option.min} to ${option.max}`);
  if (option.default !== undefined) facts.push(`default: ${option.default}`);
  const text = facts.length === 0
    ? option.description
    : `${option.description} (${facts.join("; ")})`;
  return [`--${flag} <${option.placeholder}>`, text];
}

function widthOf(output: Output): number {
  return Math.min(Math.max(output.columns, 40), MAX_COLUMNS);
}

/** Breaks a text at its spaces into lines of at most `columns`, longer words excepted. */
function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}
