// The tasks of deno.json that run a command: each starts with what it takes to read a topology and to
// start itself again, with the permissions that the topology and the options call for.

import { assert, assertEquals } from "@std/assert";
import project from "../../deno.json" with { type: "json" };
import { HISTORY_VARIABLES } from "../../src/cli/client/history.ts";
import { commands } from "../../src/cli/commands.ts";
import { testWith } from "../support/test.ts";
import { projectRoot } from "./sources.ts";

const READS = "deno run --no-prompt --allow-read";
const STARTS = `${READS} --allow-run=$(deno eval -p 'Deno.execPath()')`;

Deno.test("every command has a task of its name, with no address and no path of a topology", async () => {
  const tasks: Record<string, { command: string }> = project.tasks;
  for (const [name, load] of Object.entries(commands)) {
    const { default: command } = await load();
    const runs = command.permissions === undefined ? READS : STARTS;
    // Another --bin after it wins.
    const end = name === "install" ? " --bin $HOME/.local/bin" : "";
    // The history's place is known before its folder is granted.
    const env = name === "client" ? ` --allow-env=${HISTORY_VARIABLES.join(",")}` : "";
    assertEquals(tasks[name]?.command, `${runs}${env} main.ts --parent ${name}${end}`, name);
  }
});

testWith("project")(
  "the task 'test' begins with tests that are there, and runs all others too",
  () => {
    const files = project.tasks.test.command.split(" ").filter((it) => it.endsWith(".ts"));
    assert(files.length > 0);
    for (const file of files) assert(Deno.statSync(new URL(file, projectRoot)).isFile, file);
    assert(project.tasks.test.command.endsWith(" ."));
  },
);
