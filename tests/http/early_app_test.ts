// Answers of a port whose server is not there yet.

import { assert, assertEquals } from "@std/assert";
import { EarlyApp } from "../../src/http/early_app.ts";
import { AllowedOrigins } from "../../src/http/origins/allowed_origins.ts";
import { Cors } from "../../src/http/origins/cors.ts";
import type { Reply } from "../../src/http/wire/reply.ts";
import { HttpRequest } from "../../src/http/wire/request.ts";

const ALLOWED = "https://map.example";

function ask(path: string, fields: Record<string, string> = {}, method = "GET"): Reply {
  const app = new EarlyApp(new Cors(new AllowedOrigins([ALLOWED])));
  const parts = { method, path, search: "", minor: 1, fields: new Map(Object.entries(fields)) };
  const reply = app.route(
    new HttpRequest({ ...parts, minor: 1 }, { peer: "127.0.0.1:1", scheme: "http" }),
  );
  assert("status" in reply);
  return reply;
}

Deno.test("EarlyApp answers health checks, and has all else come again", () => {
  const troubles = ["It is loading its records"];
  const health = ask("/healthz");
  assertEquals([health.status, health.body], [
    200,
    JSON.stringify({ status: "degraded", troubles }),
  ]);
  const readiness = ask("/readyz");
  assertEquals(readiness.body, JSON.stringify({ isReady: false, troubles }));
  for (const reply of [readiness, ask("/v1/clients"), ask("/"), ask("/v1/line")]) {
    assertEquals([reply.status, reply.headers["Retry-After"]], [503, "1"]);
  }
});

Deno.test("EarlyApp lets allowed pages read that, and no others", () => {
  const preflight = { "access-control-request-method": "PUT" };
  for (
    const [origin, status, allowed] of [
      [ALLOWED, 204, ALLOWED],
      ["https://other.example", 403, undefined],
    ] as const
  ) {
    const header = "Access-Control-Allow-Origin";
    assertEquals(ask("/v1/clients", { origin }).headers[header], allowed);
    const asked = ask("/v1/clients", { origin, ...preflight }, "OPTIONS");
    assertEquals([asked.status, asked.headers[header]], [status, allowed]);
  }
});
