// The token of a request, wherever it is.

import { BEARER_PROTOCOL } from "../token.ts";
import { Problem } from "../problem.ts";
import type { HttpRequest } from "../wire/request.ts";

/** The segment of a path that is a token; the paths where phones report alone have one. */
export const TOKEN_SEGMENT = "{token}";

/** The user and password of a request (RFC 7617); undefined if it has none. */
export function basicOf(request: HttpRequest): { user: string; password: string } | undefined {
  const base64 = /^Basic +(\S+)$/i.exec(request.header("authorization") ?? "")?.[1];
  const text = base64 === undefined ? undefined : decoded(base64, "base64");
  const colon = text?.indexOf(":") ?? -1;
  if (text === undefined || colon < 0) return undefined;
  return { user: text.slice(0, colon), password: text.slice(colon + 1) };
}

/**
 * The token of a request: after `Bearer`, as the password of `Basic`, or in a WebSocket's subprotocol. In
 * a URL only scoped tokens are taken, see {@link pathToken} and {@link queryToken}.
 */
export function tokenOf(request: HttpRequest): string | undefined {
  const header = request.header("authorization");
  if (header !== undefined) {
    return /^Bearer +(\S+)$/i.exec(header)?.[1] ?? basicOf(request)?.password;
  }
  const bearer = offeredProtocols(request).find((it) => it.startsWith(BEARER_PROTOCOL));
  if (bearer === undefined) return undefined;
  return decoded(bearer.slice(BEARER_PROTOCOL.length), "base64url");
}

/** The token in the path of a request, whose route has a segment for one; the text is not decoded. */
export function pathToken(routePath: string, { path }: HttpRequest): string | undefined {
  const place = routePath.split("/").indexOf(TOKEN_SEGMENT);
  return place < 0 ? undefined : path.split("/")[place];
}

/** The parameter that may be a token (RFC 6750, section 2.3). */
export const TOKEN_PARAMETER = "access_token";

/** Paths that take a token as a parameter: pages cannot set fields on an `EventSource`. */
const TOKEN_PARAMETER_PATHS: ReadonlySet<string> = new Set(["/v1/changes"]);

/**
 * The token in the query of a request, where one is taken; whoever logs URLs on the way sees it.
 *
 * @throws {Problem} 400 if there are two, or another one in a field.
 */
export function queryToken(routePath: string, request: HttpRequest): string | undefined {
  if (!TOKEN_PARAMETER_PATHS.has(routePath) || request.search === "") return undefined;
  const tokens = new URLSearchParams(request.search).getAll(TOKEN_PARAMETER);
  if (tokens.length === 0) return undefined;
  if (tokens.length === 1 && request.header("authorization") === undefined) return tokens[0];
  throw new Problem(400, `A request has one token: '${TOKEN_PARAMETER}' once, or Authorization`, {
    "WWW-Authenticate": 'Bearer realm="herd", error="invalid_request"',
  });
}

/** The subprotocols that a WebSocket's client offers. */
export function offeredProtocols(request: HttpRequest): string[] {
  return (request.header("sec-websocket-protocol") ?? "").split(",").map((it) => it.trim())
    .filter((it) => it !== "");
}

function decoded(text: string, alphabet: "base64" | "base64url"): string | undefined {
  try {
    return new TextDecoder().decode(Uint8Array.fromBase64(text, { alphabet }));
  } catch {
    return undefined;
  }
}
