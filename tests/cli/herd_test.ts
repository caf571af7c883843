// `herd` as a whole: which command runs, what failures look like, and the exit status of each.

import { assert, assertEquals, assertMatch } from "@std/assert";
import project from "../../deno.json" with { type: "json" };
import { commands } from "../../src/cli/commands.ts";
import { herd } from "../../src/cli/herd.ts";
import { TestContext } from "../support/fakes/context.ts";
import { testWith } from "../support/test.ts";

/** Runs `herd` and gives what it wrote and its exit status. */
async function run(...args: string[]): Promise<[status: number, stdout: string, stderr: string]> {
  const context = new TestContext();
  const status = await herd(args, context);
  return [status, context.stdout.text, context.stderr.text];
}

Deno.test("herd --help lists every command with its summary", async () => {
  const [status, stdout, stderr] = await run("--help");
  assertEquals({ status, stderr }, { status: 0, stderr: "" });
  for (const [name, load] of Object.entries(commands)) {
    const { default: command } = await load();
    assertEquals(command.name, name);
    assertMatch(stdout, new RegExp(`^  ${name} +${command.summary}$`, "m"));
  }
  assertEquals(await run("-h"), [0, stdout, ""]);
  assertEquals(await run("help"), [0, stdout, ""]);
});

Deno.test("herd with no command shows the help as an error", async () => {
  const [status, stdout, stderr] = await run();
  assertEquals({ status, stdout }, { status: 2, stdout: "" });
  assert(stderr.includes("Usage: herd <command> [options]"));
});

Deno.test("every command prints a help that fits 80 columns", async () => {
  for (const name of Object.keys(commands)) {
    const [status, stdout, stderr] = await run(name, "--help");
    assertEquals({ status, stderr }, { status: 0, stderr: "" });
    assert(stdout.includes(`Usage: herd ${name} [options]`));
    assertEquals(stdout.split("\n").filter((line) => line.length > 80), []);
    assertEquals(await run("help", name), [0, stdout, ""]);
  }
});

Deno.test("herd --version prints the version of deno.json", async () => {
  assertEquals(await run("--version"), [0, `herd ${project.version}\n`, ""]);
  assertEquals(await run("-V"), [0, `herd ${project.version}\n`, ""]);
});

Deno.test("herd refuses unknown commands and options with status 2 and a hint", async () => {
  const hint = "Run 'herd --help' for the commands\n";
  const table: [args: string[], stderr: string][] = [
    [["chekc"], `herd: Unknown command 'chekc': did you mean 'herd check'? ${hint}`],
    [["toString"], `herd: Unknown command 'toString'. ${hint}`],
    [["--check"], `herd: Unknown option '--check': did you mean 'herd check'? ${hint}`],
    [["help", "x"], `herd: Unknown command 'x'. ${hint}`],
    [
      ["check", "--topologie"],
      "herd: Unknown option '--topologie': did you mean '--topology'? " +
      "Run 'herd check --help' for what it takes\n",
    ],
  ];
  for (const [args, stderr] of table) assertEquals(await run(...args), [2, "", stderr]);
});

testWith("project")("herd shows a configuration error in one line with status 2", async () => {
  assertEquals(await run("check", "--topology", "none.json"), [
    2,
    "",
    "herd: Cannot read the topology 'none.json': no such file; '--topology <file>' names another one\n",
  ]);
});

testWith("processes")("main.ts gives herd its arguments and its exit status", async () => {
  const main = new URL("../../main.ts", import.meta.url).pathname;
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--no-prompt", main, "flags"],
  }).output();
  const decoder = new TextDecoder();
  assertEquals({ code, stdout: decoder.decode(stdout) }, { code: 2, stdout: "" });
  assertEquals(
    decoder.decode(stderr),
    "herd: Give either the name of a server or --all. Run 'herd flags --help'\n",
  );
});
