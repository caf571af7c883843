// The client for a person at a terminal: a prompt with history, and replies above it as they come.

import process from "node:process";
import { awaitedLater } from "../../base/background.ts";
import { formatAddress } from "../../base/address.ts";
import { ConfigError } from "../../base/errors.ts";
import type { Conversation } from "./conversation.ts";
import type { History } from "./history.ts";
import { LineEditor, type Terminal } from "./line_editor.ts";
import { complete, printable, PROMPT_HELP, understand } from "./lines.ts";
import { Replies } from "./replies.ts";
import type { Context, Output } from "../command/context.ts";
import { Failure } from "../command/errors.ts";
import { bold, dim, yellow } from "../command/style.ts";

/** Words of the prompt that are for the whole herd. Each returns a text to show, with its newlines. */
export interface HerdWords {
  /** @throws {Failure | ConfigError} If it cannot be asked. */
  status(output: Output): Promise<string>;
  /** @throws {Failure | ConfigError} If no server could do it. */
  forget(client: string): Promise<string>;
}

/**
 * Talks to the server until the person leaves, and to another one when it closes the connection.
 *
 * @throws {Failure} If no server is left.
 */
export async function prompt(
  conversation: Conversation,
  { stdout, env, history, herd, terminal = { input: process.stdin, output: process.stdout } }:
    & Pick<Context, "stdout" | "env">
    & {
      readonly history: History;
      readonly herd: HerdWords;
      readonly terminal?: Terminal;
    },
): Promise<void> {
  const { name, remoteAddr: { hostname, port } } = conversation;
  stdout.write(dim(`${name} at ${formatAddress(hostname, port)}. Try help or quit\n`, stdout));
  const replies = new Replies(stdout);
  const typing = new LineEditor(terminal, {
    isDumb: env("TERM") === "dumb",
    prompt: promptOf(name, stdout),
    stdout,
    history,
    complete: (line) => complete(line, replies.ids),
  });
  const session: Session = { conversation, typing, stdout, replies, left: false, lost: undefined };
  const showing = awaitedLater(showReplies(session));

  typing.prompt();
  for await (const line of typing) {
    history.add(line);
    const typed = understand(line, Date.now());
    if (typed.kind === "quit") break;
    if (typed.kind === "send") await conversation.send(typed.line);
    if (typed.kind === "help") typing.writeAbove(PROMPT_HELP);
    else if (typed.kind === "status") await show(session, () => herd.status(stdout));
    else if (typed.kind === "forget") await show(session, () => herd.forget(typed.client));
    else if (session.lost === undefined) typing.prompt();
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
  readonly typing: LineEditor;
  readonly stdout: Output;
  readonly replies: Replies;
  /** True when no more is typed. */
  left: boolean;
  /** The reason why nobody is talked to any more. */
  lost: string | undefined;
}

function promptOf(name: string, stdout: Output): string {
  return bold(`${name}> `, stdout);
}

/** Shows what the herd says, or why it says nothing: the prompt goes on then. */
async function show(
  { typing, stdout }: Session,
  ask: () => Promise<string>,
): Promise<void> {
  try {
    typing.writeAbove(await ask());
  } catch (error) {
    if (!(error instanceof Failure || error instanceof ConfigError)) throw error;
    const lines = error.message.split("\n").map((it) => yellow(printable(it), stdout));
    typing.writeAbove(`${lines.join("\n")}\n`);
  }
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
      typing.writeAbove(`${yellow(`${closed}; going on with '${name}'`, stdout)}\n`);
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
  const { conversation, typing, replies } = session;
  const decoder = new TextDecoder();
  let rest = "";
  for await (const chunk of conversation.replies()) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
    rest = lines.pop()!;
    if (lines.length === 0) continue;
    const text = lines.map((line) => replies.take(line)).join("");
    if (text !== "") typing.writeAbove(text);
  }
  // JSON that was cut off is shown as it came.
  const json = replies.end();
  if (json !== "") typing.writeAbove(json);
  return rest !== "" || json !== "";
}
