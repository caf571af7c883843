// Who may use the HTTP port. With a token, whoever has it; without one, whoever is on this machine,
// and no web page of somebody else's that a browser on this machine happens to show.

import { createHash, timingSafeEqual } from "node:crypto";
import { isLoopbackHost } from "../base/address.ts";
import { DASHBOARD_PATHS } from "./dashboard.ts";
import { Problem } from "./problem.ts";
import type { HttpRequest } from "./wire/request.ts";
import { BEARER_PROTOCOL, TOKEN_VARIABLE } from "./token.ts";

/** What may be asked without a token: whether the server is well, and the dashboard's empty page. */
const PUBLIC_PATHS = ["/healthz", "/readyz", ...DASHBOARD_PATHS];

/** Judges requests. */
export class Gate {
  readonly #digest: Uint8Array | undefined;

  /** Asks for this token, or for a request from this machine when there is none. */
  constructor(token: string | undefined) {
    this.#digest = token === undefined ? undefined : sha256(token);
  }

  /**
   * Lets a request in.
   *
   * @throws {Problem} 401 without the token; 403 if it comes by way of a proxy, or from a foreign web
   * page.
   */
  check(request: HttpRequest): void {
    if (PUBLIC_PATHS.includes(request.path)) return;
    if (this.#digest === undefined) {
      checkForwarding(request);
      return checkOrigin(request);
    }
    const token = tokenOf(request);
    if (token !== undefined && timingSafeEqual(sha256(token), this.#digest)) return;
    throw new Problem(401, `This needs the token of ${TOKEN_VARIABLE}`, {
      "WWW-Authenticate": 'Bearer realm="herd"',
    });
  }
}

/** The fields by which proxies say for whom they ask, besides all that begin with `x-forwarded-`. */
const FORWARDING_FIELDS = [
  "forwarded",
  "via",
  "x-real-ip",
  "x-client-ip",
  "x-cluster-client-ip",
  "x-original-forwarded-for",
  "true-client-ip",
  "cf-connecting-ip",
  "fastly-client-ip",
];

/** Keeps out what a proxy on this machine passes on: its client may be anywhere. */
function checkForwarding(request: HttpRequest): void {
  const field = request.fieldNames().find((it) =>
    it.startsWith("x-forwarded-") || FORWARDING_FIELDS.includes(it)
  );
  if (field === undefined) return;
  throw new Problem(
    403,
    `A request with the field '${field}' came through a proxy and may be anybody's, ` +
      `which needs a token: set ${TOKEN_VARIABLE} on the server`,
  );
}

/** Names of this machine as almost all clients write them; the others take a hundred times as long. */
const PLAIN_NAMES = /^(localhost|127\.0\.0\.1|\[::1\])(:\d{1,5})?$/;

/**
 * Keeps out web pages of others: a browser says where a page came from, and by which name it found
 * us. That must be this machine's, for any name can be made to lead here (DNS rebinding). Where
 * there is a token this is not needed: no browser sends it by itself.
 */
function checkOrigin(request: HttpRequest): void {
  const host = request.header("host") ?? "";
  const origin = request.header("origin");
  if (origin === undefined && PLAIN_NAMES.test(host)) return;
  const url = URL.parse(`${request.scheme}://${host}`);
  if (url === null || !isLoopbackHost(url.hostname)) {
    throw new Problem(403, `'${host}' is not a name of this machine`);
  }
  if (origin !== undefined && URL.parse(origin)?.host !== url.host) {
    throw new Problem(403, `Pages of '${origin}' may not use this server`);
  }
}

/** The subprotocols that a WebSocket's client offers. */
export function offeredProtocols(request: HttpRequest): string[] {
  return (request.header("sec-websocket-protocol") ?? "").split(",").map((it) => it.trim())
    .filter((it) => it !== "");
}

function tokenOf(request: HttpRequest): string | undefined {
  const header = request.header("authorization");
  if (header !== undefined) return /^Bearer +(\S+)$/i.exec(header)?.[1];
  const bearer = offeredProtocols(request).find((it) => it.startsWith(BEARER_PROTOCOL));
  if (bearer === undefined) return undefined;
  try {
    const base64 = bearer.slice(BEARER_PROTOCOL.length);
    return new TextDecoder().decode(Uint8Array.fromBase64(base64, { alphabet: "base64url" }));
  } catch {
    return undefined;
  }
}

function sha256(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}
