// Asks another server's HTTP port. Straight, by a connection of its own: `fetch` goes where HTTP_PROXY
// and its like in the environment say, past what this process was granted, and so would a token.

import { decode, encode } from "../base/bytes.ts";
import { formatAddress } from "../base/address.ts";
import { closeQuietly, writeAll } from "../base/connection.ts";
import { onAbort } from "../base/waiting.ts";
import { authorization } from "./token.ts";
import { AnswerReader } from "./wire/answer.ts";

/** The longest answer that is read: the status of a thousand servers is a tenth of it. */
export const MAX_ANSWER_BYTES = 16 * 1024 * 1024;

/** Where to ask. */
export interface HttpTarget {
  /** A host name or an IP address; IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** Whom to trust besides public CAs where it is HTTPS; undefined where it is HTTP. */
  readonly trust: HttpTrust | undefined;
}

/** Whose certificates are believed. */
export interface HttpTrust {
  /** Certificates of CAs as PEM; empty or undefined for the public ones alone. */
  readonly ca: string | undefined;
}

/** Options of a question. */
export interface AskOptions {
  readonly method?: "GET" | "POST" | "DELETE" | undefined;
  readonly token: string | undefined;
  /** Ends the attempt. */
  readonly signal: AbortSignal;
}

/** An answer, whole. */
export interface Answer {
  readonly status: number;
  readonly text: string;
}

/**
 * Asks for a path. Rejects with an `AnswerError` if what comes is no HTTP or too long, with the
 * signal's reason when that is aborted, and else with what the connection fails with.
 */
export async function ask(
  target: HttpTarget,
  path: string,
  { method = "GET", token, signal }: AskOptions,
): Promise<Answer> {
  const connection = await connectHttp(target, signal);
  const forget = onAbort(signal, () => closeQuietly(connection));
  try {
    const fields = {
      Accept: "application/json",
      Connection: "close",
      ...method === "POST" ? { "Content-Length": "0" } : {},
      ...authorization(token),
    };
    await writeAll(connection, encode(formatRequest(method, path, target, fields)));
    const reader = new AnswerReader(connection, MAX_ANSWER_BYTES);
    const head = await reader.head();
    return { status: head.status, text: decode(await reader.body(head)) };
  } catch (error) {
    signal.throwIfAborted();
    throw error;
  } finally {
    forget();
    closeQuietly(connection);
  }
}

/** Connects, over TLS where there is somebody to trust. Rejects when the signal is aborted. */
export async function connectHttp(
  { host, port, trust }: HttpTarget,
  signal: AbortSignal,
): Promise<Deno.Conn> {
  const connection = await Deno.connect({ hostname: host, port, signal });
  if (trust === undefined) return connection;
  const caCerts = trust.ca ? [trust.ca] : [];
  return await Deno.startTls(connection, { hostname: host, caCerts, alpnProtocols: ["http/1.1"] });
}

/** The head of a request, with the empty line at its end. */
export function formatRequest(
  method: string,
  path: string,
  { host, port }: HttpTarget,
  fields: Readonly<Record<string, string>>,
): string {
  const lines = Object.entries({ Host: formatAddress(host, port), ...fields })
    .map(([name, value]) => `${name}: ${value}\r\n`);
  return `${method} ${path} HTTP/1.1\r\n${lines.join("")}\r\n`;
}
