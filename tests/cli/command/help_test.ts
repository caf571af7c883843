// The layout of help: columns, and lines no wider than the terminal or what is easy to read.

import { assertEquals } from "@std/assert";
import type { Description } from "../../../src/cli/command/description.ts";
import { formatHelp, section } from "../../../src/cli/command/help.ts";
import { CapturedOutput } from "../../support/fakes/context.ts";

const WORDS = "one two three four five six seven eight nine ten ".repeat(4).trimEnd();

const DESCRIPTION: Description = {
  name: "paint",
  summary: "Paint a wall",
  positionals: {
    wall: { description: "Which" },
    helper: { description: "Who", optional: true },
  },
  options: {
    colour: {
      kind: "string",
      placeholder: "name",
      choices: ["red", "blue"],
      default: "red",
      description: "The colour",
    },
    coats: { kind: "integer", placeholder: "n", min: 1, max: 3, description: "How many" },
    brushFile: { kind: "string", placeholder: "file", description: "The brush" },
    quick: { kind: "boolean", description: "No edges" },
  },
  environment: { KEY: "Opens" },
  examples: { "paint north": "Paint it" },
};

Deno.test("formatHelp() has a section for each kind of thing, in columns of its own", () => {
  assertEquals(
    formatHelp(DESCRIPTION, new CapturedOutput(80, false)),
    `\
Paint a wall

Usage: herd paint [options] <wall> [helper]

Arguments:
  <wall>    Which
  [helper]  Who

Options:
  --colour <name>      The colour (red, blue; default: red)
  --coats <n>          How many (1 to 3)
  --brush-file <file>  The brush
  --quick              No edges
  -h, --help           Show this help

Environment:
  KEY  Opens

Examples:
  herd paint north  Paint it
`,
  );
  assertEquals(
    formatHelp({ name: "go", summary: "Go" }, new CapturedOutput(80, false)),
    "Go\n\nUsage: herd go [options]\n\nOptions:\n  -h, --help  Show this help\n",
  );
});

Deno.test("formatHelp() breaks lines at the terminal's width, from 40 to 100 columns", () => {
  for (const columns of [10, 39, 40, 41, 80, 100, 101, 300]) {
    const description = { ...DESCRIPTION, summary: WORDS, positionals: {}, options: {} };
    const text = formatHelp(description, new CapturedOutput(columns, false));
    const [summary] = text.split("\n\n");
    const lines = summary!.split("\n");
    assertEquals(lines.join(" "), WORDS);
    const limit = Math.min(Math.max(columns, 40), 100);
    // No line is too long, and none could have taken the next line's first word.
    lines.forEach((line, index) => {
      const next = lines[index + 1]?.split(" ")[0];
      assertEquals(line.length <= limit, true, `${columns}: ${line}`);
      if (next) assertEquals(line.length + 1 + next.length > limit, true, `${columns}: ${line}`);
    });
  }
});

Deno.test("section() puts the text of a term of over 40 characters on the next line", () => {
  const output = new CapturedOutput(60, true);
  const fits = "x".repeat(40);
  assertEquals(section("Title", [["a", "b"], [fits, "c"], [`${fits}x`, "d e"]], output), [
    `\x1b[1mTitle:\x1b[22m\n  a${" ".repeat(41)}b\n  ${fits}  c\n  ${fits}x\n${" ".repeat(44)}d e`,
  ]);
  assertEquals(section("Title", [], output), []);
  const narrow = new CapturedOutput(40, false);
  assertEquals(section("T", [["term", "one two three four five six seven"]], narrow), [
    "T:\n  term  one two three four five six\n        seven",
  ]);
});
