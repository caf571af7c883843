// A request as handlers see it.

import { type Grant, NOTHING } from "../../server/tokens/grant.ts";
import type { Head } from "./head.ts";
import type { BodyStream } from "./body/request_body.ts";

const NO_BODY: Uint8Array<ArrayBuffer> = new Uint8Array(0);
const NO_PIECES: BodyStream = { next: () => Promise.resolve(undefined) };

export class HttpRequest {
  readonly method: string;
  /** The path as it was sent, percent-encoded. */
  readonly path: string;
  /** The query without its question mark, as it was sent. */
  readonly search: string;
  /** The minor version: HTTP/1.0 or HTTP/1.1. */
  readonly minor: 0 | 1;
  /** The client's address, `host:port`. */
  readonly peer: string;
  /** The scheme over which it came. */
  readonly scheme: "http" | "https";
  /** The whole body; it has come when a handler is called, and is good until that has answered. */
  body: Uint8Array<ArrayBuffer> = NO_BODY;
  /** The body of a request whose route takes it in pieces; nothing of it was read. */
  pieces: BodyStream = NO_PIECES;
  /** Rights of whoever asks; set before a handler is called. */
  grant: Grant = NOTHING;
  readonly #fields: ReadonlyMap<string, string>;

  /** A request of this head. */
  constructor(
    { method, path, search, minor, fields }: RequestParts,
    { peer, scheme }: RequestSource,
  ) {
    this.method = method;
    this.path = path;
    this.search = search;
    this.minor = minor;
    this.peer = peer;
    this.scheme = scheme;
    this.#fields = fields;
  }

  /** A field by its name in lower case; several of one name are joined by `, `. */
  header(name: string): string | undefined {
    return this.#fields.get(name);
  }

  /** The names of its fields, in lower case. */
  fieldNames(): string[] {
    return [...this.#fields.keys()];
  }

  /** The parameters of the query, decoded; of several of one name the first. */
  query(): Readonly<Record<string, string>> {
    const query: Record<string, string> = Object.create(null);
    if (this.search === "") return query;
    for (const [name, value] of new URLSearchParams(this.search)) query[name] ??= value;
    return query;
  }
}

/** The origin of a request. */
export type RequestSource = Pick<HttpRequest, "peer" | "scheme">;

/** The parts of a head that a handler is shown. */
export type RequestParts = Pick<Head, "method" | "path" | "search" | "minor" | "fields">;
