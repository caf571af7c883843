// The token of the HTTP ports: what it may be, and how a browser sends it. Needs nothing else of HTTP,
// for who only asks.

import { isLoopbackHost } from "../base/address.ts";
import { encode } from "../base/bytes.ts";
import { ConfigError } from "../base/errors.ts";

/** The variable that may hold the token. */
export const TOKEN_VARIABLE = "HERD_API_TOKEN";

/** The variable that may hold the keys of scoped tokens. */
export const TOKEN_KEY_VARIABLE = "HERD_TOKEN_KEY";

/** The shortest token: it is tried over the network, as often as somebody likes. */
export const MIN_TOKEN_CHARACTERS = 16;

/** The subprotocol by which a browser, which cannot set headers on a WebSocket, sends the token. */
export const BEARER_PROTOCOL = "herd.bearer.";

/**
 * Checks the token of a server that is to listen on `host`. With `hasKey`, scoped tokens will do.
 *
 * @throws {ConfigError} If it is no good token, or is missing though others can reach the host.
 */
export function checkToken(
  token: string | undefined,
  { hostname: host, port, hasKey }: {
    readonly hostname: string;
    readonly port: number;
    readonly hasKey: boolean;
  },
): void {
  if (token === undefined) {
    if (hasKey || isLoopbackHost(host)) return;
    throw new ConfigError(
      `Cannot open HTTP on '${host}' port ${port} without a token: set ${TOKEN_VARIABLE} ` +
        `or ${TOKEN_KEY_VARIABLE}, or give --no-http`,
    );
  }
  if (token.length < MIN_TOKEN_CHARACTERS) {
    throw new ConfigError(
      `Cannot use ${TOKEN_VARIABLE}: it has ${token.length} characters, ` +
        `at least ${MIN_TOKEN_CHARACTERS} are needed`,
    );
  }
  if (!/^[A-Za-z0-9._~+/-]+=*$/.test(token)) {
    throw new ConfigError(
      `Cannot use ${TOKEN_VARIABLE}: letters, digits and '._~+/-' are allowed, and '=' at the end`,
    );
  }
}

/** The header that carries a token; none without one. */
export function authorization(token: string | undefined): Record<string, string> {
  if (token === undefined) return {};
  return { Authorization: `Bearer ${token}` };
}

/**
 * The subprotocol that carries a token, for `new WebSocket(url, [protocol, bearer])`. In a way that
 * older browsers know, too.
 */
export function bearerProtocol(token: string): string {
  const base64 = btoa(String.fromCharCode(...encode(token)));
  return BEARER_PROTOCOL + base64.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}
