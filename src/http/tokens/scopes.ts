// The scope that each path and each message of a WebSocket needs, in one table: requests are judged by it,
// the API's description tells it, and a test finds what is missing in it.

import { type Grant, LINE_SCOPES, type Scope, SCOPES } from "../../server/tokens/grant.ts";
import { DASHBOARD_PATHS } from "../dashboard.ts";
import type { LiveMessage } from "../sockets/live_protocol.ts";

/** Nothing at all, any token, or one of some scopes. */
export type Needs = "nothing" | "token" | readonly Scope[];

/** By method and path. Paths with a client in them also need a token that covers the client. */
export const PATH_NEEDS: Readonly<Record<string, Needs>> = {
  ...Object.fromEntries(DASHBOARD_PATHS.map((path) => [`GET ${path}`, "nothing"] as const)),
  "GET /healthz": "nothing",
  "GET /readyz": "nothing",
  "GET /openapi.json": "token",
  "GET /metrics": ["status"],
  "GET /v1/status": ["status"],
  "GET /v1/history": ["status"],
  "GET /v1/servers": ["status"],
  "POST /v1/verify": ["forget"],
  "GET /v1/clients": ["read"],
  "GET /v1/clients/{id}": ["read"],
  "DELETE /v1/clients/{id}": ["forget"],
  "PUT /v1/clients/{id}/location": ["tell"],
  "GET /v1/clients/{id}/places": ["read"],
  "POST /v1/locations": ["tell"],
  ...Object.fromEntries(
    ["GET osmand", "POST osmand", "POST traccar", "POST owntracks"].flatMap((it) => {
      const [method, app] = it.split(" ");
      return [`${method} /v1/report/${app}`, `${method} /v1/report/{token}/${app}`];
    }).map((operation) => [operation, ["tell"]] as const),
  ),
  "GET /v1/changes": ["read"],
  // One of those that its messages need.
  "GET /v1/line": Object.values(LINE_SCOPES),
  "GET /v1/live": ["read", "status"],
};

/** Messages of `/v1/live` either way; `positions` are its binary frames. */
export const LIVE_NEEDS = {
  hello: "token",
  history: ["status"],
  herd: ["status"],
  event: ["status"],
  positions: ["read"],
  clients: ["read"],
} as const satisfies Readonly<Record<LiveMessage<unknown, object>["type"] | "positions", Needs>>;

/** True if a grant has what is needed. */
export function meets({ scopes }: Grant, needs: Needs): boolean {
  return typeof needs === "string" || needs.some((it) => scopes.has(it));
}

/** Scope that an operation needs; one that is not in the table needs `forget`. */
export function needsOf(operation: string): Needs {
  return PATH_NEEDS[operation] ?? SCOPES.filter((it) => it === "forget");
}
