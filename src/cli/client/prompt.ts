// The client for a person at a terminal: a prompt with history, and replies above it as they come.

import process from "node:process";
import { createInterface, type Interface } from "node:readline";
import { awaitedLater } from "../../base/background.ts";
import { formatAddress } from "../../base/address.ts";
import type { Conversation } from "./conversation.ts";
import { type History, HISTORY_LINES } from "./history.ts";
import { complete, PROMPT_HELP, understand } from "./lines.ts";
import { Replies } from "./replies.ts";
import type { Context, Output } from "../command/context.ts";
import { Failure } from "../command/errors.ts";
import { bold, dim, yellow } from "../command/style.ts";

/** What a person types on and reads. */
export interface Terminal {
  /** The keys as they are pressed. */
  readonly input: NodeJS.ReadableStream;
  /** What is typed, as it is edited. */
  readonly output: NodeJS.WritableStream;
}

/**
 * Talks to the server until the person leaves, and to another one when it closes the connection.
 *
 * @throws {Failure} If no server is left.
 */
export async function prompt(
  conversation: Conversation,
  { stdout, env, history, terminal = { input: process.stdin, output: process.stdout } }:
    & Pick<Context, "stdout" | "env">
    & {
      readonly history: History;
      readonly terminal?: Terminal;
    },
): Promise<void> {
  const { name, remoteAddr: { hostname, port } } = conversation;
  stdout.write(dim(`${name} at ${formatAddress(hostname, port)}. Try help or quit\n`, stdout));
  const replies = new Replies(stdout);
  // A dumb terminal moves no cursor, so nothing is edited or drawn anew there.
  const isDumb = env("TERM") === "dumb";
  const typing = openTerminal({ ...terminal, terminal: !isDumb }, {
    prompt: promptOf(name, stdout),
    replies,
    history,
  });
  const session: Session = { conversation, typing, stdout, replies, left: false, lost: undefined };
  const showing = awaitedLater(showReplies(session));

  typing.prompt();
  for await (const line of typing) {
    history.add(line);
    const typed = understand(line, Date.now());
    if (typed.kind === "quit") break;
    if (typed.kind === "help") stdout.write(PROMPT_HELP);
    if (typed.kind === "send") await conversation.send(typed.line);
    if (session.lost === undefined) typing.prompt();
  }
  session.left = true;
  typing.close();
  // What was asked is still answered.
  await conversation.closeWrite();
  await showing;
  if (session.lost !== undefined) throw new Failure(session.lost);
}

/** Context that both ways of a session share. */
interface Session {
  readonly conversation: Conversation;
  readonly typing: Interface;
  readonly stdout: Output;
  readonly replies: Replies;
  /** True when no more is typed. */
  left: boolean;
  /** Why nobody is talked to any more. */
  lost: string | undefined;
}

function promptOf(name: string, stdout: Output): string {
  return bold(`${name}> `, stdout);
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

/** Shows what comes, from one server after another, until the person has left or none is left. */
async function showReplies(session: Session): Promise<void> {
  const { conversation, typing, stdout } = session;
  while (session.lost === undefined) {
    const isCut = await showRepliesOfOne(session);
    const unanswered = conversation.unanswered + (isCut ? 1 : 0);
    const closed = closedBy(conversation.name, unanswered);
    if (session.left) {
      if (unanswered > 0) stdout.write(`${yellow(closed, stdout)}\n`);
      return;
    }
    if (await conversation.goOn()) {
      const { name } = conversation;
      typing.setPrompt(promptOf(name, stdout));
      const text = `${yellow(`${closed}; going on with '${name}'`, stdout)}\n`;
      if (session.left) stdout.write(text);
      else writeAbove(typing, text, stdout);
    } else {
      session.lost = `${closed}; no other server of the herd can be reached`;
    }
  }
  typing.close();
}

function closedBy(name: string, unanswered: number): string {
  const said = `'${name}' closed the connection`;
  if (unanswered === 0) return said;
  return `${said}, ${unanswered === 1 ? "a request" : `${unanswered} requests`} unanswered`;
}

/** Shows each whole line that comes, above the prompt while there is one. True if a reply was cut off. */
async function showRepliesOfOne(session: Session): Promise<boolean> {
  const { conversation, typing, stdout, replies } = session;
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of conversation.replies()) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    if (lines.length === 0) continue;
    const text = lines.map((line) => replies.take(line)).join("");
    if (text === "") continue;
    if (session.left) stdout.write(text);
    else writeAbove(typing, text, stdout);
  }
  // JSON that was cut off is shown as it came.
  const json = replies.end();
  if (json !== "" && session.left) stdout.write(json);
  else if (json !== "") writeAbove(typing, json, stdout);
  return rest !== "" || json !== "";
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
