// Holds the pages to the options and the commands: none is missing, and defaults are the real ones.

import { assertEquals } from "@std/assert";
import { commands } from "../../src/cli/commands.ts";
import { LIMIT_OPTIONS } from "../../src/cli/server/limit_options.ts";
import { tableRows, wrongLimits } from "./option_pages.ts";
import { testWith } from "../support/test.ts";

const test = testWith("disk");

const page = (path: string) => Deno.readTextFileSync(new URL(`../../src/${path}`, import.meta.url));

Deno.test("wrongLimits() finds another default, an option that is gone, and one that is left out", () => {
  const integer = { kind: "integer", min: 1, max: 9_999, description: "" } as const;
  const options = {
    maxMany: { ...integer, placeholder: "n", default: 1_000 },
    idleTime: { ...integer, placeholder: "seconds", default: 3_600 },
    maxText: { ...integer, placeholder: "MiB", default: 2_048 },
    perAddress: { ...integer, placeholder: "n", description: "The same; left out, 500, and more" },
    other: { ...integer, placeholder: "n", default: 7 },
  };
  const right = `
| \`--max-many\`                 | 1,000            | x |
| \`--idle-time\`                | an hour a client | x |
| \`--max-text\`                 | 2 GiB            | x |
| \`--per-address\`, \`--other\` | 500, 7; more     | x |`;
  assertEquals(wrongLimits(right, options), []);
  assertEquals(
    wrongLimits(right.replace("1,000", "1,001").replace("2 GiB", "2 MiB"), options),
    ["--max-many: 1000, not '1,001'", "--max-text: 2048, not '2 MiB'"],
  );
  assertEquals(wrongLimits(right.replace("idle-time", "idle-tim"), options), [
    "--idle-tim: there is no such option",
    "--idle-time: it is not in the table",
  ]);
});

test("the table of limits has each limit with its default", () => {
  assertEquals(wrongLimits(page("server/README.md"), LIMIT_OPTIONS), []);
});

test("the table of commands has each command, and no other", () => {
  const named = tableRows(page("cli/README.md")).map(([first]) => /^`([\w-]+)/.exec(first!)?.[1]);
  const known = Object.keys(commands).toSorted();
  assertEquals(named.filter((it) => it !== undefined).toSorted(), known);
});
