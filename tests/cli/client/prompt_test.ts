// The prompt, on a terminal of two pipes and against a server of a few lines.

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { PassThrough } from "node:stream";
import { Conversation } from "../../../src/cli/client/conversation.ts";
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
  { env = {}, history = new History(undefined), others = {} }: {
    env?: Record<string, string>;
    history?: History;
    /** Further servers of the herd, by name. */
    others?: Record<string, () => Promise<Deno.TcpConn>>;
  } = {},
): Promise<TestContext> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  using connection = await Deno.connect({ hostname: "127.0.0.1", port });
  using server = await within(listener.accept(), "the prompt to dial");
  const names = ["Ann", ...Object.keys(others)];
  const dial = (name: string) => others[name]?.() ?? Promise.reject(new Error("Ann is gone"));
  using conversation = new Conversation({ names, dial }, { name: "Ann", connection });
  const context = new TestContext({ env });
  const input = new PassThrough();
  const output = new PassThrough().resume();
  const session = prompt(conversation, {
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
  assertEquals(stdout.text.includes("unanswered"), false);
});

test("prompt keeps a history and edits lines, and says at its end what was not answered", async () => {
  const { stdout } = await withPrompt(async ({ type, server }) => {
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
  assertStringIncludes(stdout.text, "'Ann' closed the connection, 3 requests unanswered\n");
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
    "'Ann' closed the connection; no other server of the herd can be reached",
  );
});

test("prompt goes on with the next server that can be reached, and says what was not answered", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const others = {
    Bob: () => Promise.reject(new Error("refused")),
    Eve: () => Deno.connect({ hostname: "127.0.0.1", port }),
  };
  const { stdout } = await withPrompt(async ({ type, server }) => {
    type("one\r");
    await readUntil(server, "one\n");
    await send(server, "? one\n");
    type("two\rtoo\r");
    await readUntil(server, "too\n");
    // A reply that was cut off is none.
    await send(server, "AT half of");
    type("thr");
    server.close();
    using eve = await within(listener.accept(), "the prompt to go on");
    type("ee\r");
    // Nothing is asked twice, and what was being typed is not lost.
    assertEquals(await readUntil(eve, "\n"), "three\n");
    await send(eve, "? three\n");
    type("quit\r");
    assertEquals(await readByte(eve), null);
  }, { others });
  assertStringIncludes(
    stdout.text,
    "'Ann' closed the connection, 2 requests unanswered; going on with 'Eve'\n",
  );
  assertStringIncludes(stdout.text, "? three  ");
});

test("prompt ends when each server closes at once", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  let dials = 0;
  const Bob = async () => {
    dials++;
    const connection = await Deno.connect({ hostname: "127.0.0.1", port });
    (await listener.accept()).close();
    return connection;
  };
  const error = await assertRejects(() =>
    withPrompt(({ server }) => {
      server.close();
      return Promise.resolve();
    }, { others: { Bob } }), Failure);
  assertEquals(
    error.message,
    "'Bob' closed the connection; no other server of the herd can be reached",
  );
  assertEquals(dials, 1);
});
