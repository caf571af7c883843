// Holds doc comments to their rules.

import { assertEquals } from "@std/assert";
import { docComments, poorComments } from "./comments.ts";
import { projectRoot, sources } from "./sources.ts";
import { testWith } from "../support/test.ts";

const test = testWith("disk");

Deno.test("docComments() gives each comment with its symbol", () => {
  const source = `
/** One. */
export async function first() {}
/**
 * Two
 * lines.
 */
  readonly #second: number;
/** Three. */ export class Third {}`;
  assertEquals(docComments(source), [
    { text: "One.", name: "first" },
    { text: "Two\nlines.", name: "second" },
    { text: "Three.", name: "Third" },
  ]);
});

Deno.test("poorComments() finds questions, and what repeats its symbol", () => {
  assertEquals(
    poorComments(
      "/** How many there are. */\nconst count = 1;\n/** The server's name. */ name: string;",
    ),
    ["count: begins with a question: How many there are."],
  );
  assertEquals(
    poorComments("/** The link port. */\nclass LinkPort {}\n/** Names of it. */ const name = 1;"),
    ["LinkPort: says nothing more: The link port.", "name: says nothing more: Names of it."],
  );
});

testWith("processes")("each export of the client module is documented", async () => {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["doc", "--lint", "src/client/mod.ts"],
    cwd: projectRoot,
    env: { NO_COLOR: "1" },
    stdout: "null",
  }).output();
  assertEquals(code, 0, new TextDecoder().decode(stderr));
});

test("no doc comment asks a question or repeats its symbol", () => {
  const poor = sources("src").flatMap((path) =>
    poorComments(Deno.readTextFileSync(new URL(path, projectRoot))).map((it) => `${path}: ${it}`)
  );
  assertEquals(poor, []);
});
