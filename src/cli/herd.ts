// `herd` itself: finds the command, runs it, and turns what it throws into a message and a status.

import project from "../../deno.json" with { type: "json" };
import { ConfigError, stackOf } from "../base/errors.ts";
import { closest } from "../topology/nearest_name.ts";
import type { Command } from "./command/definition.ts";
import { commands } from "./commands.ts";
import type { Context } from "./command/context.ts";
import { Failure, UsageError } from "./command/errors.ts";
import { section } from "./command/help.ts";
import { bold, red } from "./command/style.ts";

/** Runs `herd` with these arguments and gives the exit status. Never rejects. */
export async function herd(args: readonly string[], context: Context): Promise<number> {
  try {
    return await dispatch(args, context);
  } catch (error) {
    // Nobody reads on, as in `herd check | head -1`.
    if (error instanceof Deno.errors.BrokenPipe) return 1;
    const { stderr } = context;
    const isConfig = error instanceof ConfigError;
    const known = isConfig || error instanceof Failure;
    const text = known ? error.message : stackOf(error);
    for (const line of text.split("\n")) {
      stderr.write(known ? `${red("herd:", stderr)} ${line}\n` : `${line}\n`);
    }
    return isConfig ? 2 : 1;
  }
}

async function dispatch(args: readonly string[], context: Context): Promise<number> {
  const [name, ...rest] = args;
  if (name === undefined || name === "help" || name === "--help" || name === "-h") {
    if (name === "help" && rest[0] !== undefined) {
      return (await load(rest[0])).invoke(["--help"], context);
    }
    const output = name === undefined ? context.stderr : context.stdout;
    output.write(await overview(output));
    return name === undefined ? 2 : 0;
  }
  if (name === "--version" || name === "-V") {
    context.stdout.write(`herd ${project.version}\n`);
    return 0;
  }
  return (await load(name)).invoke(rest, context);
}

async function load(name: string): Promise<Command> {
  if (!Object.hasOwn(commands, name)) {
    const kind = name.startsWith("-") ? "option" : "command";
    const meant = closest(name.replace(/^-+/, ""), Object.keys(commands));
    const hint = meant ? `: did you mean 'herd ${meant}'?` : ".";
    throw new UsageError(`Unknown ${kind} '${name}'${hint} Run 'herd --help' for the commands`);
  }
  return (await commands[name]!()).default;
}

async function overview(output: Context["stdout"]): Promise<string> {
  const all = await Promise.all(Object.keys(commands).map(load));
  return [
    "A herd of servers that know where every client was last seen, and what is near it",
    `${bold("Usage:", output)} herd <command> [options]`,
    ...section("Commands", all.map(({ name, summary }) => [name, summary]), output),
    ...section("Options", [
      ["-h, --help", "Show this help; 'herd <command> --help' shows a command's"],
      ["-V, --version", "Show the version"],
    ], output),
  ].join("\n\n") + "\n";
}
