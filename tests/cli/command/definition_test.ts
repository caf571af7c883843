// The framework: what a declaration accepts, refuses and prints.

import { assert, assertEquals, assertRejects } from "@std/assert";
import { command } from "../../../src/cli/command/definition.ts";
import { UsageError } from "../../../src/cli/command/errors.ts";
import { TestContext } from "../../support/fakes/context.ts";

/** A command that prints what it was given. */
const paint = command({
  name: "paint",
  summary: "Paint a wall",
  details: ["A wall takes one coat. Paint that is still wet takes no other paint, whatever it is."],
  positionals: {
    wall: { description: "Which wall" },
    helper: { description: "Who holds the ladder", optional: true },
  },
  options: {
    colour: {
      kind: "string",
      placeholder: "name",
      choices: ["red", "green", "blue"],
      default: "red",
      description: "What it is to look like when it is dry, in daylight and from a few steps away",
    },
    brushFile: { kind: "string", placeholder: "file", description: "The brush" },
    coats: { kind: "integer", placeholder: "n", min: 1, max: 3, description: "How many coats" },
    quick: { kind: "boolean", description: "Skip the edges" },
  },
  environment: { PAINT_KEY: "Opens the paint store" },
  examples: { "paint north --colour=blue": "Paint the north wall blue" },
  run(values, { stdout }) {
    // The values have the types that were declared: none of these lines compiles otherwise.
    const wall: string = values.wall;
    const helper: string | undefined = values.helper;
    const colour: "red" | "green" | "blue" = values.colour;
    const brush: string | undefined = values.brushFile;
    const coats: number | undefined = values.coats;
    const quick: boolean = values.quick;
    // @ts-expect-error: an option without a default may be undefined
    const _brush: string = values.brushFile;
    // @ts-expect-error: nothing of this name was declared
    values.ladder;
    stdout.write(JSON.stringify([wall, helper ?? null, colour, brush ?? null, coats ?? 0, quick]));
    return 7;
  },
});

Deno.test("invoke() gives the values by their declared names and types", async () => {
  const table: [args: string[], values: unknown[]][] = [
    [["north"], ["north", null, "red", null, 0, false]],
    [["north", "Ann"], ["north", "Ann", "red", null, 0, false]],
    [["--quick", "north"], ["north", null, "red", null, 0, true]],
    [["north", "--colour", "blue", "--coats=2"], ["north", null, "blue", null, 2, false]],
    [["--brush-file", "a b", "north"], ["north", null, "red", "a b", 0, false]],
    // A name that looks like a number or an option stays a name.
    [["007"], ["007", null, "red", null, 0, false]],
    [["--coats", "3", "--", "--quick", "-h"], ["--quick", "-h", "red", null, 3, false]],
  ];
  for (const [args, values] of table) {
    const context = new TestContext();
    assertEquals(await paint.invoke(args, context), 7);
    assertEquals(JSON.parse(context.stdout.text), values);
  }
});

Deno.test("invoke() refuses what was not declared, with a hint", async () => {
  const table: [args: string[], problem: string][] = [
    [[], "Missing argument <wall>"],
    [["north", "Ann", "Bob"], "Unexpected argument 'Bob'"],
    [["north", "--color", "red"], "Unknown option '--color': did you mean '--colour'?"],
    [["north", "--coat=1"], "Unknown option '--coat': did you mean '--coats'?"],
    [["north", "--zebra"], "Unknown option '--zebra'"],
    [["north", "--no-quick"], "Unknown option '--no-quick': did you mean '--quick'?"],
    [["north", "-x"], "Unknown option '-x'"],
    [["north", "--__proto__=1"], "Unknown option '--__proto__'"],
    [["north", "--quick=yes"], "Option '--quick' takes no value"],
    [["north", "--brush-file"], "Option '--brush-file' needs a value: '--brush-file <file>'"],
    [["north", "--brush-file="], "Option '--brush-file' needs a value: '--brush-file <file>'"],
    [
      ["--brush-file", "--quick", "n"],
      "Option '--brush-file' needs a value: '--brush-file <file>'",
    ],
    [
      ["north", "--colour", "geen"],
      "Option '--colour' takes one of red, green, blue, not 'geen': did you mean 'green'?",
    ],
    ...["0", "4", "2.5", "1e0", "two", "0x1"].map((value): [string[], string] => [
      ["north", "--coats", value],
      `Option '--coats' takes a whole number from 1 to 3, not '${value}'`,
    ]),
  ];
  for (const [args, problem] of table) {
    const error = await assertRejects(async () => {
      await paint.invoke(args, new TestContext());
    }, UsageError);
    const end = problem.endsWith("?") ? "" : ".";
    assertEquals(error.message, `${problem}${end} Run 'herd paint --help' for what it takes`);
  }
});

Deno.test("invoke() prints the help in aligned columns as wide as the terminal", async () => {
  for (const args of [["--help"], ["-h"], ["north", "--zebra", "--help"]]) {
    const context = new TestContext();
    assertEquals(await paint.invoke(args, context), 0);
    assertEquals(
      context.stdout.text,
      `Paint a wall

A wall takes one coat. Paint that is still wet takes no other paint, whatever it
is.

Usage: herd paint [options] <wall> [helper]

Arguments:
  <wall>    Which wall
  [helper]  Who holds the ladder

Options:
  --colour <name>      What it is to look like when it is dry, in daylight and
                       from a few steps away (red, green, blue; default: red)
  --brush-file <file>  The brush
  --coats <n>          How many coats (1 to 3)
  --quick              Skip the edges
  -h, --help           Show this help

Environment:
  PAINT_KEY  Opens the paint store

Examples:
  herd paint north --colour=blue  Paint the north wall blue
`,
    );
  }
});

Deno.test("invoke() wraps the help to the terminal, and colours it where welcome", async () => {
  const narrow = new TestContext({ columns: 50 });
  await paint.invoke(["--help"], narrow);
  const tooLong = narrow.stdout.text.split("\n").filter((line) => line.length > 50);
  assertEquals(tooLong, []);

  const coloured = new TestContext({ colour: true });
  await paint.invoke(["--help"], coloured);
  assert(coloured.stdout.text.includes("\x1b[1mOptions:\x1b[22m\n"));
});
