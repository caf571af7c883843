// What a handler answers a request with, and how that looks on the wire.

import { encode } from "../../base/bytes.ts";
import type { WebSocketConnection } from "./web_socket/connection.ts";

/** A body that comes piece by piece, for as long as the client reads it. */
export interface ReplyStream extends Disposable {
  /** The next piece; undefined at the end. Called again when the last one was taken. */
  next(): Promise<Uint8Array | undefined>;
  /** True if it reads the request's body while it is sent, and ends with that. */
  readonly readsBody?: boolean;
}

/** Turns the connection into a WebSocket. Disposed of when that is over, or comes to nothing. */
export interface Upgrade extends Disposable {
  /** Uses the socket until it is over. */
  serve(socket: WebSocketConnection): Promise<void>;
}

/** An answer. */
export interface Reply {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array | ReplyStream | Upgrade;
  /** True if the body's bytes are the same ones for all clients, and so cost nothing while they wait. */
  readonly isShared?: boolean | undefined;
}

/** An answer in JSON. */
export function json(
  value: unknown,
  status = 200,
  headers: Readonly<Record<string, string>> = {},
): Reply {
  return {
    status,
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify(value),
  };
}

/** True if a body comes piece by piece. */
export function isStream(body: Reply["body"]): body is ReplyStream {
  return typeof body === "object" && "next" in body;
}

/** True if an answer makes a WebSocket of the connection. */
export function isUpgrade(body: Reply["body"]): body is Upgrade {
  return typeof body === "object" && "serve" in body;
}

/** The reason phrases of RFC 9110, for people who look at the wire; programs go by the number. */
const REASONS: Readonly<Record<number, string>> = {
  101: "Switching Protocols",
  200: "OK",
  204: "No Content",
  304: "Not Modified",
  400: "Bad Request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not Found",
  405: "Method Not Allowed",
  408: "Request Timeout",
  413: "Content Too Large",
  414: "URI Too Long",
  415: "Unsupported Media Type",
  417: "Expectation Failed",
  426: "Upgrade Required",
  429: "Too Many Requests",
  431: "Request Header Fields Too Large",
  500: "Internal Server Error",
  501: "Not Implemented",
  503: "Service Unavailable",
  505: "HTTP Version Not Supported",
  507: "Insufficient Storage",
};

/** The title of a status, such as "Not Found". */
export function reasonOf(status: number): string {
  return REASONS[status] ?? "Error";
}

/** The parts of a request that its answer depends on. */
export interface ReplyFraming {
  /** The request's method: an answer to HEAD has no body. */
  readonly method: string;
  readonly minor: 0 | 1;
  /** True if the connection goes on after the answer. */
  readonly isPersistent: boolean;
}

/**
 * The head of an answer, with the empty line at its end.
 *
 * @param length The bytes of its body; undefined for a stream, and for what makes a WebSocket.
 */
export function formatReply(reply: Reply, framing: ReplyFraming, length?: number): string {
  const { status, headers } = reply;
  const { method, minor, isPersistent } = framing;
  let text = `HTTP/1.1 ${status} ${reasonOf(status)}\r\n`;
  for (const name in headers) text += `${name}: ${headers[name]}\r\n`;
  if (length !== undefined && status !== 204 && status !== 304) {
    text += `Content-Length: ${length}\r\n`;
  }
  if (isStream(reply.body) && method !== "HEAD" && minor === 1) {
    text += "Transfer-Encoding: chunked\r\n";
  }
  text += `Date: ${httpDate()}\r\n`;
  if (!isPersistent) text += "Connection: close\r\n";
  else if (minor === 0) text += "Connection: keep-alive\r\n";
  return `${text}\r\n`;
}

let dateSecond = 0;
let dateText = "";

/** The present time as the field Date has it; made once a second. */
function httpDate(): string {
  const second = Math.floor(Date.now() / 1000);
  if (second !== dateSecond) {
    dateSecond = second;
    dateText = new Date(second * 1000).toUTCString();
  }
  return dateText;
}

const LAST_CHUNK = encode("0\r\n\r\n");

/** A piece of a body as a chunk; the end of the body for undefined. */
export function formatChunk(piece: Uint8Array | undefined): Uint8Array {
  if (piece === undefined) return LAST_CHUNK;
  const size = encode(`${piece.length.toString(16)}\r\n`);
  const chunk = new Uint8Array(size.length + piece.length + 2);
  chunk.set(size);
  chunk.set(piece, size.length);
  chunk.set([0x0d, 0x0a], size.length + piece.length);
  return chunk;
}
