import { assertEquals, assertThrows } from "@std/assert";
import { Gate } from "../../src/http/auth.ts";
import { AllowedOrigins } from "../../src/http/origins/allowed_origins.ts";
import { offeredProtocols } from "../../src/http/tokens/credentials.ts";
import { Rates } from "../../src/http/tokens/rates.ts";
import { TokenKeys } from "../../src/server/tokens/token_keys.ts";
import { ManualClock } from "../support/fakes/manual_clock.ts";
import { Problem } from "../../src/http/problem.ts";
import { bearerProtocol } from "../../src/http/token.ts";
import { HttpRequest } from "../../src/http/wire/request.ts";

const TOKEN = "correct-horse-battery+staple/==";

function requestWith(headers: Record<string, string>, path = "/"): HttpRequest {
  const fields = new Map(Object.entries(headers).map(([name, it]) => [name.toLowerCase(), it]));
  const head = { method: "GET", path, search: "", minor: 1 as const, fields };
  return new HttpRequest(head, { peer: "127.0.0.1:2", scheme: "http" });
}

/** A gate with a token, or without. */
function gateWith(token: string | undefined, ...allowed: string[]): Gate {
  const clock = new ManualClock();
  const limits = { httpRequestsPerSecond: Infinity, httpRequestsPerSecondOfLoopback: Infinity };
  const tokens = new TokenKeys({ keys: [], clock });
  return new Gate({
    token,
    tokens,
    rates: new Rates(limits, clock),
    origins: new AllowedOrigins(allowed),
  });
}

/** The status with which a gate turns a request away, or 200. */
function status(gate: Gate, headers: Record<string, string>, path = "/v1/clients"): number {
  try {
    gate.check(requestWith({ Host: "127.0.0.1:1", ...headers }, path), path);
    return 200;
  } catch (error) {
    if (error instanceof Problem) return error.status;
    throw error;
  }
}

Deno.test("Gate.check() takes the token as a header or as a subprotocol, and nothing else", () => {
  const gate = gateWith(TOKEN);
  const table: [headers: Record<string, string>, status: number][] = [
    [{}, 401],
    [{ Authorization: `Bearer ${TOKEN}` }, 200],
    [{ Authorization: `bearer  ${TOKEN}` }, 200],
    [{ Authorization: `Bearer ${TOKEN}x` }, 401],
    [{ Authorization: `Bearer ${TOKEN.slice(0, -1)}` }, 401],
    [{ Authorization: `Basic ${TOKEN}` }, 401],
    [{ Authorization: `Basic ${btoa(`anybody:${TOKEN}`)}` }, 200],
    [{ Authorization: `Basic ${btoa(`${TOKEN}:x`)}` }, 401],
    [{ Authorization: `Basic ${btoa(TOKEN)}` }, 401],
    [{ Authorization: "Bearer" }, 401],
    [{ "Sec-WebSocket-Protocol": `herd.line.v1, ${bearerProtocol(TOKEN)}` }, 200],
    [{ "Sec-WebSocket-Protocol": `herd.line.v1, ${bearerProtocol("wrong")}` }, 401],
    [{ "Sec-WebSocket-Protocol": "herd.line.v1, herd.bearer.!" }, 401],
    // The header counts when there is one.
    [{ Authorization: "Bearer x", "Sec-WebSocket-Protocol": bearerProtocol(TOKEN) }, 401],
    // Who has the token may be a page from anywhere.
    [{ Authorization: `Bearer ${TOKEN}`, Origin: "https://example.com", Host: "a.example" }, 200],
  ];
  for (const [headers, expected] of table) {
    assertEquals(status(gate, headers), expected, JSON.stringify(headers));
  }
  assertEquals([status(gate, {}, "/healthz"), status(gate, {}, "/readyz")], [200, 200]);
});

Deno.test("Gate.check() without a token keeps out pages and names of others", () => {
  const gate = gateWith(undefined);
  const table: [headers: Record<string, string>, status: number][] = [
    [{}, 200],
    [{ Host: "localhost:13000", Origin: "http://localhost:13000" }, 200],
    [{ Host: "[::1]:13000", Origin: "http://[::1]:13000" }, 200],
    [{ Host: "[::ffff:127.0.0.1]:13000", Origin: "http://[::ffff:7f00:1]:13000" }, 200],
    [{ Host: "localhost:13000", Origin: "http://localhost:13001" }, 403],
    [{ Host: "localhost:13000", Origin: "http://example.com" }, 403],
    [{ Host: "localhost:13000", Origin: "null" }, 403],
    [{ Host: "rebound.example", Origin: "http://rebound.example" }, 403],
    [{ Host: "rebound.example" }, 403],
    [{ Host: "127.0.0.1.example" }, 403],
    [{ "Sec-Fetch-Site": "cross-site" }, 403],
    [{ "Sec-Fetch-Site": "same-site" }, 403],
    [{ "Sec-Fetch-Site": "same-origin" }, 200],
    [{ "Sec-Fetch-Site": "none" }, 200],
  ];
  for (const [headers, expected] of table) {
    assertEquals(status(gate, headers), expected, JSON.stringify(headers));
  }
});

Deno.test("Gate.check() without a token lets pages of allowed origins in, by names of this machine alone", () => {
  const page = "http://localhost:5173";
  const gate = gateWith(undefined, page);
  const table: [headers: Record<string, string>, status: number][] = [
    [{ Origin: page }, 200],
    [{ Origin: page, "Sec-Fetch-Site": "same-site" }, 200],
    [{ Origin: page, Host: "localhost:13000" }, 200],
    [{ Host: "localhost:13000", Origin: "http://localhost:13000" }, 200],
    [{ Origin: `${page}0` }, 403],
    [{ Origin: "https://localhost:5173" }, 403],
    [{ Origin: "http://example.com" }, 403],
    [{ Origin: "null" }, 403],
    [{ Origin: `${page}, ${page}` }, 403],
    // Pictures and links have no Origin, and may be of anybody.
    [{ "Sec-Fetch-Site": "same-site" }, 403],
    [{ Origin: page, Host: "rebound.example" }, 403],
    [{ Origin: page, Host: "127.0.0.1.example:13000" }, 403],
    [{ Origin: page, "X-Forwarded-For": "10.0.0.1" }, 403],
  ];
  for (const [headers, expected] of table) {
    assertEquals(status(gate, headers), expected, JSON.stringify(headers));
  }
});

Deno.test("Gate.check() without a token takes nothing that a proxy passes on", () => {
  const fields = [
    "Forwarded",
    "Via",
    "X-Forwarded-For",
    "X-Forwarded-Proto",
    "X-Forwarded-Anything",
    "X-Real-IP",
    "CF-Connecting-IP",
  ];
  for (const field of fields) {
    const headers = { [field]: "for=127.0.0.1" };
    assertEquals(status(gateWith(undefined), headers), 403, field);
    assertEquals(status(gateWith(undefined), headers, "/healthz"), 200, field);
    const withToken = { ...headers, Authorization: `Bearer ${TOKEN}` };
    assertEquals(status(gateWith(TOKEN), withToken), 200, field);
  }
});

Deno.test("Gate.check() without a token takes nothing of HTTP/1.0, which nginx speaks and says no more", () => {
  const fields = new Map([["host", "127.0.0.1:13000"], ["connection", "close"]]);
  const head = { method: "DELETE", path: "/v1/clients/k", search: "", minor: 0 as const, fields };
  const request = new HttpRequest(head, { peer: "127.0.0.1:2", scheme: "http" });
  const error = assertThrows(() => gateWith(undefined).check(request, "/v1/clients/{id}"), Problem);
  assertEquals(error.status, 403);
  gateWith(undefined).check(request, "/healthz");
  fields.set("authorization", `Bearer ${TOKEN}`);
  gateWith(TOKEN).check(request, "/v1/clients/{id}");
});

Deno.test("offeredProtocols() gives each of them", () => {
  const headers = { "Sec-WebSocket-Protocol": "a,b ,  c" };
  assertEquals(offeredProtocols(requestWith(headers)), ["a", "b", "c"]);
  assertEquals(offeredProtocols(requestWith({})), []);
});
