// The lines that the generator in TypeScript sends, and which replies are right for them: the plain
// counterpart of requests.h.

import type { LoadKind } from "./generator.ts";

/** Parts of lines. */
export interface SourceOptions {
  readonly kind: LoadKind;
  readonly first: number;
  readonly clients: number;
  readonly inOrder: boolean;
  readonly tail: string;
}

const NANOS = 1_000_000_000n;

/** Makes one line after the other. */
export class RequestSource {
  readonly #options: SourceOptions;
  #made = 0;
  #lastNanos = 0n;

  constructor(options: SourceOptions) {
    this.#options = options;
  }

  /** The next line, with its newline. */
  next(): string {
    const { kind, tail } = this.#options;
    const client = this.#client();
    if (isHttp(kind)) return this.#httpRequest(client);
    if (kind === "whatsat") return `WHATSAT ${client} ${tail}\n`;
    const word = kind === "invalid" ? "IAMAS" : "IAMAT";
    return `${word} ${client} +34.${randomDigits()}-118.${randomDigits()} ${this.#time()}\n`;
  }

  #httpRequest(client: string): string {
    const { kind, tail } = this.#options;
    const [north, west] = [randomDigits(), randomDigits()];
    const host = "HTTP/1.1\r\nHost: 127.0.0.1\r\n";
    if (kind === "near") return `GET /v1/clients?near=34.${north},-118.${west}&${tail} ${host}\r\n`;
    if (kind === "get") return `GET /v1/clients/${client} ${host}\r\n`;
    const body = `{"lat":34.${north},"lon":-118.${west},"time":"${this.#time()}"}`;
    return `PUT /v1/clients/${client}/location ${host}Content-Type: application/json\r\n` +
      `Content-Length: ${body.length}\r\n\r\n${body}`;
  }

  #client(): string {
    const { first, clients, inOrder } = this.#options;
    const offset = inOrder ? this.#made % clients : Math.floor(Math.random() * clients);
    this.#made++;
    return `c${String(first + offset).padStart(12, "0")}`;
  }

  /** The present time, and never the same twice. */
  #time(): string {
    const now = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6));
    this.#lastNanos = now > this.#lastNanos ? now : this.#lastNanos + 1n;
    return `${this.#lastNanos / NANOS}.${String(this.#lastNanos % NANOS).padStart(9, "0")}`;
  }
}

const AT = /^AT \S+ [+-]\d+\.\d{9} /;
const WHOLE_PLACES = /^AT \S+ \S+ (\S+) \S+ \S+\n\{\n[^]*"status" : "(OK|ZERO_RESULTS)"\n\}\n\n$/;

/**
 * The length of the reply that `text` begins with, or 0 when it has not come in full.
 *
 * @throws {Error} If it is not the reply to `request`.
 */
export function replyLength(kind: LoadKind, request: string, text: string): number {
  if (isHttp(kind)) return httpReplyLength(kind, request, text);
  const newline = text.indexOf("\n") + 1;
  if (newline === 0) return 0;
  const line = text.slice(0, newline);
  let length = newline;
  let isRight: boolean;
  if (kind === "echo") isRight = line === request;
  else if (kind === "invalid") isRight = line === `? ${request}`;
  else if (kind === "iamat") {
    const head = AT.exec(line)?.[0];
    isRight = head !== undefined && line.slice(head.length) === request.slice("IAMAT ".length);
  } else if (line.startsWith("AT ")) {
    const end = text.indexOf("\n\n", newline);
    if (end < 0) return 0;
    length = end + 2;
    isRight = WHOLE_PLACES.exec(text.slice(0, length))?.[1] === request.split(" ")[1];
  } else isRight = false;
  if (!isRight) throw new Error(`wrong reply to '${request.trimEnd()}': '${line.trimEnd()}'`);
  return length;
}

function isHttp(kind: LoadKind): kind is "put" | "get" | "near" {
  return kind === "put" || kind === "get" || kind === "near";
}

/** The same of HTTP, of bodies in ASCII. */
function httpReplyLength(kind: "put" | "get" | "near", request: string, text: string): number {
  const end = text.indexOf("\r\n\r\n");
  if (end < 0) return 0;
  const head = text.slice(0, end);
  const size = /^HTTP\/1\.1 200 [^]*\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (size === undefined) throw new Error(`wrong head of a reply: '${head}'`);
  const length = end + 4 + Number(size);
  if (text.length < length) return 0;
  const body = text.slice(end + 4, length);
  const [, client] = /\/v1\/clients\/(\w+)/.exec(request) ?? [];
  const [, time] = /"time":"([\d.]+)"/.exec(request) ?? [];
  const isRight = kind === "near"
    ? body.startsWith('{"clients":[') && body.endsWith("}")
    : body.includes(`"id":"${client}"`) &&
      (time === undefined || body.includes(`"time":"${time}"`));
  if (!isRight) throw new Error(`wrong reply to '${request}': '${body}'`);
  return length;
}

function randomDigits(): string {
  return String(Math.floor(Math.random() * 1_000_000)).padStart(6, "0");
}
