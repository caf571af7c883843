// The gate of the HTTP port. With tokens it lets in whoever has one, for what it allows; else whoever is on
// this machine, and no web page of somebody else's that a browser on this machine happens to show.

import { createHash, timingSafeEqual } from "node:crypto";
import { hostOf, isLoopbackHost } from "../base/address.ts";
import { EVERYTHING, type Grant, NOTHING } from "../server/tokens/grant.ts";
import type { TokenKeys } from "../server/tokens/token_keys.ts";
import type { AllowedOrigins } from "./origins/allowed_origins.ts";
import { Problem } from "./problem.ts";
import { TOKEN_KEY_VARIABLE, TOKEN_VARIABLE } from "./token.ts";
import { pathToken, queryToken, tokenOf } from "./tokens/credentials.ts";
import type { Rates } from "./tokens/rates.ts";
import { needsOf } from "./tokens/scopes.ts";
import type { HttpRequest } from "./wire/request.ts";

/** Context of a gate. */
export interface GateOptions {
  /** The token that may do everything. */
  readonly token: string | undefined;
  /** Judges scoped tokens. */
  readonly tokens: TokenKeys;
  readonly rates: Rates;
  /** Web pages of others that may use the port. */
  readonly origins: AllowedOrigins;
}

/** Judges requests. */
export class Gate {
  readonly #digest: Uint8Array | undefined;
  readonly #tokens: TokenKeys;
  readonly #rates: Rates;
  readonly #origins: AllowedOrigins;

  /** Asks for a token, or for a request from this machine where there is none. */
  constructor({ token, tokens, rates, origins }: GateOptions) {
    this.#digest = token === undefined ? undefined : sha256(token);
    this.#tokens = tokens;
    this.#rates = rates;
    this.#origins = origins;
  }

  /**
   * Lets a request in, and gives what it may do. `routePath` is the path of its route, if it has one.
   *
   * @throws {Problem} Or rejects with one: 400 with two tokens; 401 without a good one; 403 if there are none and it comes by
   * way of a proxy, or from a foreign web page; 429 if there are too many.
   */
  check(request: HttpRequest, routePath: string | undefined): Grant | Promise<Grant> {
    const host = hostOf(request.peer);
    if (routePath !== undefined && needsOf(`GET ${routePath}`) === "nothing") return NOTHING;
    if (this.#digest === undefined && !this.#tokens.hasKey) {
      checkForwarding(request);
      checkOrigin(request, this.#origins);
      this.#rates.spendAddress(host);
      return EVERYTHING;
    }
    const inUrl = routePath === undefined
      ? undefined
      : pathToken(routePath, request) ?? queryToken(routePath, request);
    const token = inUrl ?? tokenOf(request);
    if (token === undefined) return this.#refuse(host, undefined);
    if (inUrl === undefined && this.#digest !== undefined) {
      if (timingSafeEqual(sha256(token), this.#digest)) return EVERYTHING;
    }
    // An address that tries tokens has none looked at any more.
    this.#rates.spendAddress(host, 0);
    const grant = this.#tokens.verify(token);
    return grant instanceof Promise
      ? grant.then((it) => this.#admit(host, it))
      : this.#admit(host, grant);
  }

  #admit(host: string, grant: Grant | undefined): Grant {
    if (grant === undefined) return this.#refuse(host, "invalid_token");
    this.#rates.spendToken(grant);
    return grant;
  }

  #refuse(host: string, error: "invalid_token" | undefined): never {
    this.#rates.spendAddress(host);
    const detail = error === undefined
      ? `This needs the token of ${TOKEN_VARIABLE}, or one that ${TOKEN_KEY_VARIABLE} signs`
      : "The token is not one of this herd's, or has expired";
    throw new Problem(401, detail, {
      "WWW-Authenticate": 'Bearer realm="herd"' + (error === undefined ? "" : `, error="${error}"`),
    });
  }
}

/** A grant lacks the scope that an operation needs (RFC 6750, section 3.1). */
export function insufficientScope(scopes: string): Problem {
  return new Problem(403, `The token has no scope for this, which needs ${scopes}`, {
    "WWW-Authenticate": 'Bearer realm="herd", error="insufficient_scope"',
  });
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

/**
 * Keeps out what a proxy on this machine passes on: its client may be anywhere. nginx says nothing of that
 * unless it is told to, but speaks HTTP/1.0 then, which hardly a client does (before nginx 1.29.7).
 */
function checkForwarding(request: HttpRequest): void {
  const field = request.fieldNames().find((it) =>
    it.startsWith("x-forwarded-") || FORWARDING_FIELDS.includes(it)
  );
  if (field === undefined && request.minor === 1) return;
  const what = field === undefined ? "of HTTP/1.0" : `with the field '${field}'`;
  throw new Problem(
    403,
    `A request ${what} came through a proxy and may be anybody's, ` +
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
function checkOrigin(request: HttpRequest, allowed: AllowedOrigins): void {
  const host = request.header("host") ?? "";
  const origin = request.header("origin");
  const site = request.header("sec-fetch-site");
  // A browser sends no Origin with a foreign page's pictures and links, and reporting paths take GET.
  if (origin === undefined && site !== undefined && site !== "same-origin" && site !== "none") {
    throw new Problem(403, "Pages of others may not use this server");
  }
  if (origin === undefined && PLAIN_NAMES.test(host)) return;
  const url = URL.parse(`${request.scheme}://${host}`);
  if (url === null || !isLoopbackHost(url.hostname)) {
    throw new Problem(403, `'${host}' is not a name of this machine`);
  }
  if (origin === undefined || URL.parse(origin)?.host === url.host) return;
  if (!allowed.allows(origin)) {
    throw new Problem(403, `Pages of '${origin}' may not use this server`);
  }
}

function sha256(text: string): Uint8Array {
  return createHash("sha256").update(text).digest();
}
