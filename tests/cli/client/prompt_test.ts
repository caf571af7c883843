// The prompt, on a terminal of two pipes and against a server of a few lines.

import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { PassThrough } from "node:stream";
import { Conversation } from "../../../src/cli/client/conversation.ts";
import { History } from "../../../src/cli/client/history.ts";
import { type HerdWords, prompt } from "../../../src/cli/client/prompt.ts";
import { Failure } from "../../../src/cli/command/errors.ts";
import { TestContext } from "../../support/fakes/context.ts";
import { readByte, readUntil, send } from "../../support/herds/client.ts";
import { testWith } from "../../support/test.ts";
import { GIVE_UP_MS, until, within } from "../../support/waiting.ts";

const test = testWith("sockets");

const NO_HERD: HerdWords = {
  status: () => Promise.reject(new Error("nobody asked for it")),
  forget: () => Promise.reject(new Error("nobody asked for it")),
};

/** A prompt that is connected with the test: the test types, and is the server. */
async function withPrompt(
  test: (
    parts: {
      type: (keys: string) => void;
      server: Deno.TcpConn;
      /** Waits until this was drawn, and gives and forgets what was drawn up to there. */
      drawn: (text: string) => Promise<string>;
    },
  ) => Promise<void>,
  { env = {}, history = new History(undefined), others = {}, herd = NO_HERD, columns = 80 }: {
    env?: Record<string, string>;
    history?: History;
    /** Further servers of the herd, by name. */
    others?: Record<string, () => Promise<Deno.TcpConn>>;
    herd?: HerdWords;
    columns?: number;
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
  const output = Object.assign(new PassThrough(), { columns });
  let screen = "";
  output.on("data", (text) => screen += text);
  const drawn = async (text: string) => {
    await until(() => screen.includes(text), GIVE_UP_MS / 2).catch(() => {
      throw new Error(`'${text}' was not drawn: ${JSON.stringify(screen)}`);
    });
    const end = screen.indexOf(text) + text.length;
    const seen = screen.slice(0, end);
    screen = screen.slice(end);
    return seen;
  };
  const session = prompt(conversation, {
    stdout: context.stdout,
    env: context.env,
    history,
    herd,
    terminal: { input, output },
  });
  const both = Promise.all([session, test({ type: (keys) => input.write(keys), server, drawn })]);
  await within(both, "the session to end");
  // A terminal that is read from keeps the process.
  assertEquals(input.isPaused(), true);
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
    type("three\r");
    assertEquals(await readUntil(server, "\n"), "three\n");
    type("\x03");
    assertEquals(await readByte(server), null);
    server.close();
  });
  assertStringIncludes(stdout.text, "'Ann' closed the connection, 4 requests unanswered\n");
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

/** A history of these lines. */
function historyOf(...lines: string[]): History {
  const history = new History(undefined);
  for (const line of lines) history.add(line);
  return history;
}

/** Lines that the server is sent for these keys, each after what must have been drawn before. */
async function sentFor(
  steps: readonly (readonly [keys: string, drawn: string])[],
  options: { readonly history: History; readonly columns?: number },
): Promise<string> {
  let sent = "";
  await withPrompt(async ({ type, server, drawn }) => {
    for (const [keys, text] of steps) {
      type(keys);
      await drawn(text);
    }
    type("\r");
    sent = await readUntil(server, "\n");
    type("\x04");
    await readByte(server);
    server.close();
  }, options);
  const utf8 = Uint8Array.from(sent, (it) => it.charCodeAt(0));
  return new TextDecoder().decode(utf8).slice(0, -1);
}

const RIGHT = "\x1b[C";
const ESCAPE = "\x1b";
const [CTRL_A, CTRL_C, CTRL_G, CTRL_R, CTRL_S] = ["\x01", "\x03", "\x07", "\x12", "\x13"];

test("prompt searches what was typed before, runs or edits it, and restores the line", async () => {
  const lines = ["seek kea", "seek kiwi", "IAMAT kiwi +1+1 1", "日本 ああ"];
  const table: [name: string, steps: [keys: string, drawn: string][], sent: string][] = [
    [
      "Enter runs it",
      [[CTRL_R, "(reverse-i-search)'': "], ["ki", "'ki': IAMAT kiwi"]],
      "IAMAT kiwi +1+1 1",
    ],
    ["again for older, Ctrl-S for newer", [
      [`${CTRL_R}seek k`, "'seek k': seek kiwi"],
      [CTRL_R, "'seek k': seek kea"],
      [CTRL_S, "'seek k': seek kiwi"],
      [CTRL_R, "'seek k': seek kea"],
    ], "seek kea"],
    ["a failing one says so and keeps the last line", [
      [`${CTRL_R}kiwiq`, "(failed reverse-i-search)'kiwiq': IAMAT kiwi"],
      ["\x7f", "(reverse-i-search)'kiwi': IAMAT kiwi"],
      [CTRL_R, "'kiwi': seek kiwi"],
      [CTRL_R, "(failed reverse-i-search)'kiwi': seek kiwi"],
    ], "seek kiwi"],
    ["arrows take it into the line, with the cursor at what was found", [
      [`${CTRL_R}kea`, "'kea': seek kea"],
      [`${RIGHT}X`, "kXea"],
    ], "seek kXea"],
    ["Ctrl-G restores the line and its cursor", [
      [`abc${CTRL_A}${CTRL_R}kea`, "'kea': seek kea"],
      [CTRL_G, "Ann> abc"],
      ["X", "Xabc"],
    ], "Xabc"],
    ["so does Ctrl-C", [[`abc${CTRL_R}kea`, "seek kea"], [CTRL_C, "Ann> abc"]], "abc"],
    ["so does Esc", [[`abc${CTRL_R}kea`, "seek kea"], [ESCAPE, "Ann> abc"]], "abc"],
    ["Ctrl-R twice takes the search before", [
      [`${CTRL_R}kea`, "seek kea"],
      [CTRL_G, "Ann> "],
      // One without a text is none.
      [CTRL_R + CTRL_G, "Ann> "],
      [CTRL_R + CTRL_R, "(reverse-i-search)'kea': seek kea"],
    ], "seek kea"],
    ["wide characters", [[`${CTRL_R}あ`, "'あ': 日本 ああ"], [`${RIGHT}X`, "X"]], "日本 ああX"],
  ];
  for (const [name, steps, sent] of table) {
    for (const columns of [80, 20]) {
      const history = historyOf(...lines);
      assertEquals(await sentFor(steps, { history, columns }), sent, `${name}, ${columns} columns`);
    }
  }
});

test("prompt takes keys for the search that a shell takes, and erases all rows of the line", async () => {
  const history = historyOf("seek kea", "seek kiwi");
  await withPrompt(async ({ type, server, drawn }) => {
    // Wide characters that do not fit leave a column free: there are two rows.
    type("日".repeat(8));
    await drawn("日".repeat(8));
    type(CTRL_R);
    await drawn("\x1b[1A\r\x1b[J");
    type("kex");
    await drawn("(failed reverse-i-search)'kex': seek kea");
    type("\x08");
    await drawn("(reverse-i-search)'ke': seek kea");
    // Alt-B goes a word to the left, with the line that was found.
    type(`${ESCAPE}b`);
    await drawn("Ann> seek kea");
    type("X");
    await drawn("Xseek kea");
    type("\r");
    assertEquals(await readUntil(server, "\n"), "Xseek kea\n");
    // Ctrl-D leaves, whatever is typed behind it.
    type(`\x04${CTRL_R}`);
    assertEquals(await readByte(server), null);
    server.close();
  }, { history, columns: 20 });
});

test("prompt draws a line of several rows anew below a reply, and takes no rows of that", async () => {
  const { stdout } = await withPrompt(async ({ type, server, drawn }) => {
    type("abcdefghijklmnopqr");
    await drawn("qr");
    await send(server, "? one\n");
    const seen = await drawn("Ann> abcdefghijklmnopqr");
    assertEquals(seen.includes("\x1b[1A"), false, JSON.stringify(seen));
    type("\r");
    await readUntil(server, "qr\n");
    type("\x04");
    assertEquals(await readByte(server), null);
    server.close();
  }, { columns: 20 });
  assertStringIncludes(stdout.text, "\x1b[1A\r\x1b[J? one");
});

test("prompt draws a search anew below replies, and goes on with it at another server", async () => {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { port } = listener.addr;
  const others = { Eve: () => Deno.connect({ hostname: "127.0.0.1", port }) };
  const history = historyOf("seek kea");
  const { stdout } = await withPrompt(async ({ type, server, drawn }) => {
    type(`${CTRL_R}kea`);
    await drawn("'kea': seek kea");
    await send(server, "? late\n");
    await drawn("(reverse-i-search)'kea': seek kea");
    server.close();
    using eve = await within(listener.accept(), "the prompt to go on");
    await drawn("(reverse-i-search)'kea': seek kea");
    type(CTRL_G);
    await drawn("Eve> ");
    type(`${CTRL_R}kea\r`);
    assertEquals(await readUntil(eve, "\n"), "seek kea\n");
    type("\x04");
    assertEquals(await readByte(eve), null);
  }, { history, others });
  assertStringIncludes(stdout.text, "going on with 'Eve'\n");
});

test("prompt keeps the cursor behind what is typed while a line is sent", async () => {
  await withPrompt(async ({ type, server, drawn }) => {
    type("one\rtw");
    await readUntil(server, "one\n");
    await drawn("Ann> tw");
    type("o\r");
    assertEquals(await readUntil(server, "\n"), "two\n");
    type("\x04");
    await readByte(server);
    server.close();
  });
});

test("prompt asks the herd for its status and has it forget, and goes on when it cannot", async () => {
  const herd: HerdWords = {
    status: ({ columns }) => Promise.resolve(`a table of ${columns} columns\n`),
    forget: (client) =>
      client === "kiwi"
        ? Promise.resolve("Ann forgot 'kiwi'\n")
        : Promise.reject(new Failure(`No server could forget '${client}'\nAnn: has \x1b[2J`)),
  };
  const { stdout } = await withPrompt(async ({ type, server }) => {
    type("status\rforget kiwi\rforget kea\rlast\r");
    // Nothing of it is sent as a line.
    assertEquals(await readUntil(server, "\n"), "last\n");
    type("\x04");
    await readByte(server);
    server.close();
  }, { herd });
  for (
    const text of [
      "a table of 80 columns\n",
      "Ann forgot 'kiwi'\n",
      "No server could forget 'kea'\nAnn: has \\x1b[2J\n",
    ]
  ) assertStringIncludes(stdout.text, text);
});
