// The web pages of other origins that may use the HTTP port, as `--allow-origin` names them.

import { isHost } from "../../base/address.ts";
import { ConfigError } from "../../base/errors.ts";
import { TOKEN_KEY_VARIABLE, TOKEN_VARIABLE } from "../token.ts";

/** Stands for pages of every origin. */
export const ANY_ORIGIN = "*";

/** A scheme and an authority. What else a URL has is no part of an origin (RFC 6454). */
const ORIGIN = /^([a-z][a-z\d+.-]*):\/\/([^\s/?#@\\]+)$/i;

/** Origins from which pages may use a port. */
export class AllowedOrigins {
  /** True if pages of every origin may. */
  readonly areAll: boolean;
  readonly #origins: ReadonlySet<string>;

  /** `origins` are as browsers write them. */
  constructor(origins: readonly string[] = []) {
    this.areAll = origins.includes(ANY_ORIGIN);
    this.#origins = new Set(origins);
  }

  /** True if pages of no other origin may. */
  get areNone(): boolean {
    return this.#origins.size === 0;
  }

  /** True if pages of this origin may, which is as a browser's field Origin has it. */
  allows(origin: string): boolean {
    return this.areAll || this.#origins.has(origin);
  }
}

/**
 * Origins from a text, separated by commas; none without one.
 *
 * @throws {ConfigError} If one is no origin, with what helps.
 */
export function parseAllowedOrigins(text: string | undefined): AllowedOrigins {
  if (text === undefined) return new AllowedOrigins();
  const given = text.split(",").map((it) => it.trim());
  if (given.includes(ANY_ORIGIN) && given.length > 1) {
    throw refusal(text, `'${ANY_ORIGIN}' stands for all of them: give it alone, or leave it out`);
  }
  return new AllowedOrigins(given.map((it) => it === ANY_ORIGIN ? it : parseOrigin(it)));
}

/**
 * Refuses pages of every origin where there is no token: any page that a browser on this machine shows
 * could read and change everything.
 *
 * @throws {ConfigError}
 */
export function checkOrigins(
  { areAll }: AllowedOrigins,
  { token, hasKey }: { readonly token: string | undefined; readonly hasKey: boolean },
): void {
  if (!areAll || token !== undefined || hasKey) return;
  throw refusal(
    ANY_ORIGIN,
    `without a token any page that a browser here shows could read and change everything: ` +
      `name the origins, or set ${TOKEN_VARIABLE} or ${TOKEN_KEY_VARIABLE}`,
  );
}

/** An origin as browsers write it: in lower case, and without the scheme's usual port. */
function parseOrigin(text: string): string {
  if (text === "null") {
    throw refusal(text, "files and sandboxed pages of anybody have it: serve the page over HTTP");
  }
  const [, scheme, authority] = ORIGIN.exec(text) ?? [];
  const url = URL.parse(text);
  if (scheme === undefined || url === null || !isHost(url.hostname.replace(/^\[|\]$/g, ""))) {
    throw refusal(text, `an origin is scheme://host[:port]${meant(url)}`);
  }
  const isWeb = url.protocol === "http:" || url.protocol === "https:";
  if (url.protocol === "ws:" || url.protocol === "wss:") {
    const page = url.protocol.replace("ws", "http");
    throw refusal(text, `it is the page's that counts: write '${page}//${authority}'`);
  }
  // Those of apps, such as capacitor://localhost, are no origins for URL.
  return isWeb ? url.origin : `${scheme}://${authority}`.toLowerCase();
}

/** The origin in a URL that is more than one, for a hint. */
function meant(url: URL | null): string {
  const isMeant = url !== null && /^https?:$/.test(url.protocol) && !url.hostname.includes("*");
  return isMeant ? `: write '${url.origin}'` : ", such as https://map.example";
}

function refusal(text: string, reason: string): ConfigError {
  return new ConfigError(`Cannot allow pages of '${text}' (--allow-origin): ${reason}`);
}
