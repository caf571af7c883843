// Rights of somebody, and the clients that they are about: read from a token's claims, or everything.

import { decodeClientId } from "../../protocol/client_id.ts";
import { startsWith } from "../../base/bytes.ts";

/** Scopes of a token: reading locations, telling them, forgetting clients, looking at servers. */
export const SCOPES = ["read", "tell", "forget", "status"] as const;

/** See {@link SCOPES}. */
export type Scope = (typeof SCOPES)[number];

/** The scope that a line of a client needs. */
export const LINE_SCOPES = { iamat: "tell", whatsat: "read" } as const satisfies Readonly<
  Record<string, Scope>
>;

/** Stands at the end of a subject for any further bytes. */
export const WILDCARD = "*";

/** Forms of a subject, for people. */
export const SUBJECT_FORM =
  "a client's id, percent-encoded, or the beginning of ids with one '*' behind it";

/** The clients that a subject means. */
export interface Subject {
  /** The id, or the bytes that ids begin with. */
  readonly bytes: Uint8Array;
  readonly isPrefix: boolean;
}

/** Parts of a grant. */
export interface GrantOptions {
  /** As the token has it, such as `kiwi%2F*`. */
  readonly subject: string;
  readonly clients: Subject;
  readonly scopes: readonly Scope[];
  /** POSIX seconds from which on it is void. */
  readonly expires: number;
  /** The token's own id, for the log. */
  readonly tokenId?: string | undefined;
}

/** Rights that one token gives. */
export class Grant {
  readonly subject: string;
  readonly scopes: ReadonlySet<Scope>;
  readonly expires: number;
  readonly tokenId: string | undefined;
  /** True if it covers every client. */
  readonly coversAll: boolean;
  readonly #clients: Subject;

  constructor({ subject, clients, scopes, expires, tokenId }: GrantOptions) {
    this.subject = subject;
    this.scopes = new Set(scopes);
    this.expires = expires;
    this.tokenId = tokenId;
    this.#clients = clients;
    this.coversAll = clients.isPrefix && clients.bytes.length === 0;
  }

  /** The only client that it covers; undefined if it covers more. */
  get only(): Uint8Array | undefined {
    return this.#clients.isPrefix ? undefined : this.#clients.bytes;
  }

  /** True if it covers the client with the id `bytes[start, end)`. */
  covers(bytes: Uint8Array, start = 0, end: number = bytes.length): boolean {
    if (this.coversAll) return true;
    const { bytes: own, isPrefix } = this.#clients;
    if (!isPrefix && end - start !== own.length) return false;
    return startsWith(bytes, start, end, own);
  }
}

/** May do all to all: this machine's own users where no token is asked for, and the herd's own token. */
export const EVERYTHING: Grant = new Grant({
  subject: WILDCARD,
  clients: { bytes: new Uint8Array(0), isPrefix: true },
  scopes: SCOPES,
  expires: Infinity,
});

/** May do nothing: whoever has shown no token yet. */
export const NOTHING: Grant = new Grant({
  subject: "",
  clients: { bytes: new Uint8Array(0), isPrefix: false },
  scopes: [],
  expires: -Infinity,
});

/** Reads a subject; undefined if it is none: {@link SUBJECT_FORM}. */
export function parseSubject(text: string): Subject | undefined {
  const isPrefix = text.endsWith(WILDCARD);
  const id = isPrefix ? text.slice(0, -1) : text;
  if (id.includes(WILDCARD)) return undefined;
  if (id === "") return isPrefix ? { bytes: new Uint8Array(0), isPrefix } : undefined;
  const bytes = decodeClientId(id);
  return bytes === undefined ? undefined : { bytes, isPrefix };
}

/** The scopes in a text, separated by spaces as in RFC 8693, section 4.2; others than these are left out. */
export function parseScopes(text: string): Scope[] {
  const words = new Set(text.split(" "));
  return SCOPES.filter((it) => words.has(it));
}
