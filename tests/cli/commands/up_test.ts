// What `herd up` refuses and asks for before a server runs; with servers it is tested in ../../e2e/up_test.ts.

import { assertEquals, assertRejects } from "@std/assert";
import { ConfigError } from "../../../src/base/errors.ts";
import { UsageError } from "../../../src/cli/command/errors.ts";
import up from "../../../src/cli/commands/up.ts";
import { TestContext } from "../../support/fakes/context.ts";
import { topologyFile } from "../../support/files/topology_file.ts";
import { testWith } from "../../support/test.ts";
import { within } from "../../support/waiting.ts";

const test = testWith("disk", "sockets");
const ANN = { host: "127.0.0.1", port: 1 };
const BOB = { host: "::1", port: 2, http: 3 };

/** Runs `up` with a signal that has come already, so that no server starts. */
async function stopped(context: TestContext, ...args: string[]): Promise<number> {
  context.stop.abort();
  return await within(up.invoke(args, context), `herd up ${args.join(" ")} to end`);
}

test("herd up refuses what its servers cannot share, and takes it of one server or with a name", async () => {
  using two = topologyFile({ Ann: ANN, Bob: BOB }, [["Ann", "Bob"]]);
  using one = topologyFile({ Ann: ANN });
  const shared = (path: string, option: string) =>
    `Servers cannot share '${path}': put {name} into the path of ${option}, which stands for the ` +
    "server's name";
  const table: [args: string[], message: string | undefined][] = [
    [["--port", "5"], "Servers cannot share a port: give each its own in the topology"],
    [["--data-dir", "data"], shared("data", "--data-dir")],
    [["--log-file", "log"], shared("log", "--log-file")],
    [["--data-dir", "{name}", "--log-file", "log"], shared("log", "--log-file")],
    [["--data-dir", "of-{name}", "--log-file", "{name}.log"], undefined],
    [[], undefined],
  ];
  for (const [args, message] of table) {
    const run = () => stopped(new TestContext(), "--topology", two.path, ...args);
    if (message === undefined) assertEquals(await run(), 0, args.join(" "));
    else assertEquals((await assertRejects(run, UsageError)).message, message);
    const alone = stopped(new TestContext(), "--topology", one.path, ...args);
    assertEquals(await alone, 0, args.join(" "));
  }
});

test("herd up may start itself and dial the last port of each server, and no more", async () => {
  using file = topologyFile({ Ann: ANN, Bob: BOB }, [["Ann", "Bob"]]);
  const context = new TestContext();
  assertEquals(await stopped(context, "--topology", file.path), 0);
  assertEquals(context.stdout.text, "");
  assertEquals(context.permissions, {
    net: ["127.0.0.1:1", "[::1]:3"],
    read: [file.path],
    write: [],
    env: [],
    run: [Deno.execPath()],
  });
  await assertRejects(() => stopped(new TestContext(), "--topology", "none.json"), ConfigError);
});
