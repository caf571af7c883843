// The prompt, on a terminal of two pipes and against a server of a few lines.

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { PassThrough } from "node:stream";
import { History } from "../../../src/cli/client/history.ts";
import { prompt } from "../../../src/cli/client/prompt.ts";
import { Failure } from "../../../src/cli/command/errors.ts";
import { TestContext } from "../../support/fakes/context.ts";
import { readByte, readUntil, send } from "../../support/herds/client.ts";
import { testWith } from "../../support/test.ts";
import { within } from "../../support/waiting.ts";

const test = testWith("sockets");

/** A prompt that is connected with the test: the test types, and is the server. */
async function withPrompt(
  test: (
    parts: { type: (keys: string) => void; server: Deno.TcpConn },
  ) => Promise<void>,
  { env = {}, history = new History(undefined) }: {
    env?: Record<string, string>;
    history?: History;
  } = {},
): Promise<TestContext> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  using server = await within(listener.accept(), "the prompt to dial");
  const context = new TestContext({ env });
  const input = new PassThrough();
  const output = new PassThrough().resume();
  const session = prompt("Ann", connection, {
    stdout: context.stdout,
    env: (name) => context.env(name),
    history,
    terminal: { input, output },
  });
  const both = Promise.all([session, test({ type: (keys) => input.write(keys), server })]);
  await within(both, "the session to end");
  return context;
}

test("prompt sends lines, shows replies, and shows what still comes after quit", async () => {
  const { stdout } = await withPrompt(async ({ type, server }) => {
    type("  any thing \r");
    assertEquals(await readUntil(server, "\n"), "  any thing \n");
    await send(server, "? any thing\n");
    type("quit\r");
    assertEquals(await readByte(server), null);
    await send(server, "late\n");
    server.close();
  });
  assertStringIncludes(
    stdout.text,
    "? any thing  'any' is no request: IAMAT and WHATSAT are; see help\n",
  );
  assertStringIncludes(stdout.text, "late\n");
});

test("prompt keeps a history and edits lines", async () => {
  await withPrompt(async ({ type, server }) => {
    type("one\r");
    await readUntil(server, "one\n");
    type("two\r");
    await readUntil(server, "two\n");
    // Up twice, a letter, and Ctrl-A with another in front.
    type("\x1b[A");
    type("\x1b[A");
    type("s\x01x");
    type("\r");
    assertEquals(await readUntil(server, "\n"), "xones\n");
    // Ctrl-C takes the line away, and leaves when there is none.
    type("never sent");
    type("\x03");
    type("\x03");
    assertEquals(await readByte(server), null);
    server.close();
  });
});

test("prompt has the lines of earlier sessions, and adds its own", async () => {
  const history = new History(undefined);
  history.add("earlier");
  history.add("later");
  await withPrompt(async ({ type, server }) => {
    type("\x1b[A");
    type("\x1b[A");
    type("s\r");
    assertEquals(await readUntil(server, "\n"), "earliers\n");
    type("\x04");
    assertEquals(await readByte(server), null);
    server.close();
  }, { history });
  assertEquals(history.lines, ["earlier", "later", "earliers"]);
});

test("prompt moves no cursor on a dumb terminal", async () => {
  const { stdout } = await withPrompt(async ({ type, server }) => {
    type("any thing\n");
    assertEquals(await readUntil(server, "\n"), "any thing\n");
    await send(server, "? any thing\n");
    type("quit\n");
    assertEquals(await readByte(server), null);
    server.close();
  }, { env: { TERM: "dumb" } });
  assertStringIncludes(stdout.text, "? any thing  'any' is no");
  assertEquals(stdout.text.includes("\x1b"), false, stdout.text);
});

test("prompt ends with a failure when the server closes", async () => {
  await assertRejects(
    () =>
      withPrompt(({ server }) => {
        server.close();
        return Promise.resolve();
      }),
    Failure,
    "'Ann' closed the connection",
  );
});
