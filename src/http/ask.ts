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

/** An address to ask at. */
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
  /** The body of a POST, and its media type; none when left out. */
  readonly body?: { readonly type: string; readonly bytes: Uint8Array } | undefined;
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
  options: AskOptions,
): Promise<Answer> {
  using connection = await HttpConnection.open(target, options.signal);
  return await connection.ask(path, { ...options, isLast: true });
}

/** A connection that is kept for one question after the other. */
export class HttpConnection implements Disposable {
  readonly #target: HttpTarget;
  readonly #connection: Deno.Conn;

  private constructor(target: HttpTarget, connection: Deno.Conn) {
    this.#target = target;
    this.#connection = connection;
  }

  /** Connects. Rejects as {@link ask} does. */
  static async open(target: HttpTarget, signal: AbortSignal): Promise<HttpConnection> {
    return new HttpConnection(target, await connectHttp(target, signal));
  }

  /** Asks for a path, when the answer before is there. Rejects as {@link ask} does: no more can be asked then. */
  async ask(
    path: string,
    { method = "GET", body, token, signal, isLast = false }: AskOptions & {
      readonly isLast?: boolean;
    },
  ): Promise<Answer> {
    const connection = this.#connection;
    const forget = onAbort(signal, () => closeQuietly(connection));
    try {
      const fields = {
        Accept: "application/json",
        ...isLast ? { Connection: "close" } : {},
        ...body === undefined ? {} : { "Content-Type": body.type },
        ...method === "POST" ? { "Content-Length": String(body?.bytes.length ?? 0) } : {},
        ...authorization(token),
      };
      await writeAll(connection, encode(formatRequest(method, path, this.#target, fields)));
      if (body !== undefined) await writeAll(connection, body.bytes);
      const reader = new AnswerReader(connection, MAX_ANSWER_BYTES);
      const head = await reader.head();
      return { status: head.status, text: decode(await reader.body(head)) };
    } catch (error) {
      signal.throwIfAborted();
      throw error;
    } finally {
      forget();
    }
  }

  [Symbol.dispose](): void {
    closeQuietly(this.#connection);
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
