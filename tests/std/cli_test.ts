// The stand-in for @std/cli has the original's types. `deno check` fails where an expected error is none.

import { parseArgs as fromMod } from "@std/cli";
import { parseArgs } from "@std/cli/parse-args";
import { assertEquals, assertStrictEquals } from "@std/assert";

Deno.test("parseArgs() is the same from both paths", () => {
  assertStrictEquals(fromMod, parseArgs);
});

Deno.test("parseArgs() gives types by option", () => {
  const args = parseArgs(
    ["--help", "--port=80", "--tag", "a", "--tag", "b", "--no-colour", "go", "7", "--", "x"],
    {
      "--": true,
      boolean: ["help", "colour"],
      string: ["port", "host", "level", "tag"],
      collect: ["tag"],
      negatable: ["colour"],
      default: { level: "info" },
    },
  );
  const help: boolean = args.help;
  const port: string | undefined = args.port;
  const level: string = args.level;
  const tag: string[] = args.tag;
  const rest: string[] = args["--"];
  const operands: (string | number)[] = args._;
  assertEquals({ help, port, level, tag, rest, operands }, {
    help: true,
    port: "80",
    level: "info",
    tag: ["a", "b"],
    rest: ["x"],
    operands: ["go", 7],
  });
  assertEquals(args.colour, false);
  assertEquals(args.host, undefined);
});

Deno.test("parseArgs() gives no any", () => {
  const args = parseArgs(["--port=80"], {
    boolean: ["help"],
    string: ["port", "cache"],
    negatable: ["cache"],
  });
  // @ts-expect-error A function is no number
  const parse: number = parseArgs;
  // @ts-expect-error A boolean is no string
  const help: string = args.help;
  // @ts-expect-error A flag without a default may be missing
  const port: string = args.port;
  // @ts-expect-error A negatable flag may be false
  const cache: string | undefined = args.cache;
  // @ts-expect-error Nothing is known of a flag that no option names
  const other: string = args.other;
  assertEquals([typeof parse, help, port, cache, other], [
    "function",
    false,
    "80",
    undefined,
    undefined,
  ] as unknown[]);
});

Deno.test("parseArgs() turns what looks like a number into one when no option names the flag", () => {
  const args = parseArgs(["--port", "80"]);
  const port: unknown = args.port;
  assertEquals(port, 80);
});

Deno.test("parseArgs() takes names known only at run time, and aliases", () => {
  const names: string[] = ["port"];
  const args = parseArgs(["--port", "80"], { string: names, alias: { p: "port" } });
  const port: unknown = args.port;
  assertEquals(port, "80");
  assertEquals(args.p, "80");
});

Deno.test("parseArgs() hands unknown flags and operands to the callback", () => {
  const seen: unknown[] = [];
  const args = parseArgs(["--known", "--other=1", "operand"], {
    boolean: ["known"],
    unknown: (arg: string, key?: string, value?: unknown) => {
      seen.push([arg, key, value]);
      return false;
    },
  });
  assertEquals(seen, [["--other=1", "other", "1"], ["operand", undefined, undefined]]);
  assertEquals(args, { _: [], known: true });
});
