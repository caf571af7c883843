// The client for a person at a terminal: a prompt with history, and replies above it as they come.

import process from "node:process";
import { createInterface, type Interface } from "node:readline";
import { awaitedLater } from "../../base/background.ts";
import { formatAddress } from "../../base/address.ts";
import { encode } from "../../base/bytes.ts";
import { type History, HISTORY_LINES } from "./history.ts";
import { complete, PROMPT_HELP, understand } from "./lines.ts";
import { Replies } from "./replies.ts";
import type { Context, Output } from "../command/context.ts";
import { Failure } from "../command/errors.ts";
import type { LineConnection } from "./socket_connection.ts";
import { bold, dim } from "../command/style.ts";

/** What a person types on and reads. */
export interface Terminal {
  /** The keys as they are pressed. */
  readonly input: NodeJS.ReadableStream;
  /** What is typed, as it is edited. */
  readonly output: NodeJS.WritableStream;
}

/**
 * Talks to the server until the person leaves.
 *
 * @throws {Failure} If the server closes the connection first.
 */
export async function prompt(
  name: string,
  connection: LineConnection,
  { stdout, env, history, terminal = { input: process.stdin, output: process.stdout } }:
    & Pick<Context, "stdout" | "env">
    & {
      readonly history: History;
      readonly terminal?: Terminal;
    },
): Promise<void> {
  const { hostname, port } = connection.remoteAddr;
  stdout.write(dim(`${name} at ${formatAddress(hostname, port)}. Try help or quit\n`, stdout));
  const replies = new Replies(stdout);
  // A dumb terminal moves no cursor, so nothing is edited or drawn anew there.
  const isDumb = env("TERM") === "dumb";
  const typing = openTerminal({ ...terminal, terminal: !isDumb }, {
    prompt: bold(`${name}> `, stdout),
    replies,
    history,
  });
  const session = { left: false, lost: false, replies };
  const showing = awaitedLater(showReplies(connection, stdout, typing, session));

  typing.prompt();
  for await (const line of typing) {
    history.add(line);
    const typed = understand(line, Date.now());
    if (typed.kind === "quit") break;
    if (typed.kind === "help") stdout.write(PROMPT_HELP);
    if (typed.kind === "send") await send(connection, `${typed.line}\n`);
    if (!session.lost) typing.prompt();
  }
  session.left = true;
  typing.close();
  // What was asked is still answered.
  await connection.closeWrite().catch(() => {});
  await showing;
  if (session.lost) throw new Failure(`'${name}' closed the connection`);
}

function openTerminal(
  terminal: Terminal & { readonly terminal: boolean },
  { prompt, replies, history }: {
    readonly prompt: string;
    readonly replies: Replies;
    readonly history: History;
  },
): Interface {
  const typing = createInterface({
    ...terminal,
    prompt,
    history: history.lines.toReversed(),
    historySize: HISTORY_LINES,
    removeHistoryDuplicates: true,
    completer: (line: string) => complete(line, replies.ids),
  });
  typing.on("SIGINT", () => {
    if (typing.line === "") return typing.close();
    typing.write(null, { ctrl: true, name: "e" });
    typing.write(null, { ctrl: true, name: "u" });
  });
  // Ctrl-D leaves the cursor behind the prompt.
  typing.on("close", () => terminal.output.write("\n"));
  return typing;
}

/** Shows each whole line that comes, above the prompt while there is one. */
async function showReplies(
  connection: LineConnection,
  stdout: Output,
  typing: Interface,
  session: { readonly left: boolean; lost: boolean; readonly replies: Replies },
): Promise<void> {
  const { replies } = session;
  const decoder = new TextDecoder();
  let rest = "";
  try {
    for await (const chunk of connection.readable) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop()!;
      if (lines.length === 0) continue;
      const text = lines.map((line) => replies.take(line)).join("");
      if (text === "") continue;
      if (session.left) stdout.write(text);
      else writeAbove(typing, text, stdout);
    }
  } catch {
    // A broken connection is a closed one.
  }
  // JSON that was cut off is shown as it came.
  stdout.write(replies.end());
  if (session.left) return;
  session.lost = true;
  typing.close();
}

/** Writes in place of the prompt and what is typed so far, and puts these below. */
function writeAbove(typing: Interface, text: string, stdout: Output): void {
  if (!typing.terminal) {
    stdout.write(`\n${text}`);
    return typing.prompt();
  }
  const { rows } = typing.getCursorPos();
  stdout.write(`${rows > 0 ? `\x1b[${rows}A` : ""}\r\x1b[J${text}`);
  typing.prompt(true);
}

async function send(connection: LineConnection, text: string): Promise<void> {
  const writer = connection.writable.getWriter();
  try {
    await writer.write(encode(text));
  } catch {
    // The connection is closed: showReplies finds that out too, and ends the session.
  } finally {
    writer.releaseLock();
  }
}
