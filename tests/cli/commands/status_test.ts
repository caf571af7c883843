// The command over real HTTP ports; its table is tested in ../status/table_test.ts.

import { assert, assertEquals, assertMatch } from "@std/assert";
import status from "../../../src/cli/commands/status.ts";
import { exchange } from "../../support/herds/client.ts";
import { TestContext } from "../../support/fakes/context.ts";
import { until } from "../../support/waiting.ts";
import { TestHerd } from "../../support/herds/herd.ts";
import { testWith } from "../../support/test.ts";
import { topologyFile } from "../../support/files/topology_file.ts";

const test = testWith("sockets", "disk");
const TOKEN = "a-token-of-24-characters";

/** Two servers with HTTP ports that ask for a token, and one that is not there. */
async function withHerd(run: (file: string, herd: TestHerd) => Promise<void>): Promise<void> {
  const links = [["Ann", "Bob"]] as const;
  const http = ["Ann", "Bob", "Eve"];
  await using herd = new TestHerd({ links, lone: ["Eve"], http, token: TOKEN });
  for (const name of ["Ann", "Bob"]) await herd.start(name);
  using file = topologyFile(herd.servers, links);
  await run(file.path, herd);
}

test("herd status shows that records are equal, and fails for a server that is down", async () => {
  await withHerd(async (file, herd) => {
    await exchange(herd.port("Ann"), "IAMAT a +1+1 1\nIAMAT b +1+1 1\n");
    await until(() => herd.node("Bob").store.size === 2);
    const context = new TestContext({ env: { HERD_API_TOKEN: TOKEN }, columns: 40 });
    assertEquals(await status.invoke(["--topology", file], context), 1);
    assertMatch(context.stdout.text, /^Ann +ready .* 2 .*Bob$/m);
    assertMatch(context.stdout.text, /2 of 3 servers up, in sync: 2 records, [\da-f]{16}\n/);
    assertMatch(context.stdout.text, /^Eve: nothing listens at 127/m);
  });
});

test("herd status --json has everything, and says when a token is missing", async () => {
  await withHerd(async (file) => {
    const context = new TestContext();
    assertEquals(await status.invoke(["--json", "--topology", file], context), 1);
    const { herd, sync, servers } = JSON.parse(context.stdout.text);
    assertEquals({ herd, sync }, { herd: "test", sync: "unknown" });
    assertMatch(
      servers[0].reason,
      /^127\.0\.0\.1:\d+ asks for a token, or for another one; put it into HERD_API_TOKEN$/,
    );
    const allowed = new TestContext({ env: { HERD_API_TOKEN: TOKEN } });
    await status.invoke(["--json", "--topology", file], allowed);
    const seen = JSON.parse(allowed.stdout.text);
    assertEquals(seen.sync, "in sync");
    assertEquals(seen.servers[1].status.digest.digest, "0".repeat(16));
  });
});

test("herd status on a terminal draws the table again and again until the signal", async () => {
  using file = topologyFile({ Ann: { host: "127.0.0.1", port: 1 } });
  const context = new TestContext();
  Object.defineProperty(context.stdout, "isTerminal", { value: true });
  const running = status.invoke(["--topology", file.path], context);
  await until(() => context.stdout.text.split("\x1b[H\x1b[J").length >= 3);
  context.stop.abort();
  assertEquals(await running, 0);
  const { text } = context.stdout;
  assert(text.startsWith("\x1b[?1049h\x1b[?25l"), text);
  assertMatch(
    text,
    /\[\?1049lSERVER .*\n.*\n\n.*nobody answers\nAnn: has no HTTP port: "http" gives .*\n$/,
  );
});
