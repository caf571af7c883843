// Pages of other origins at a port that is open: what they are answered, and what lets them read it.

import { assertEquals, assertMatch } from "@std/assert";
import { AllowedOrigins } from "../../../src/http/origins/allowed_origins.ts";
import { type HerdNode, startNode } from "../../../src/server/node.ts";
import { exchange } from "../../support/herds/client.ts";
import { loneOptions } from "../../support/herds/herd.ts";
import { startHttp, type TestHttp, type TestHttpOptions } from "../../support/herds/http.ts";
import { tokenFor, tokenKeys } from "../../support/herds/tokens.ts";
import { testWith } from "../../support/test.ts";

const test = testWith("sockets");
const TOKEN = "a-token-of-24-characters";
const PAGE = "https://map.example";
const OTHER = "https://evil.example";

function open(node: HerdNode, origins: string[], options: TestHttpOptions = {}): TestHttp {
  return startHttp(node, { token: TOKEN, origins: new AllowedOrigins(origins), ...options });
}

/** The status of an answer and its fields of CORS. */
async function ask(
  http: TestHttp,
  path: string,
  { origin, headers, ...init }: RequestInit & { origin?: string } = {},
) {
  const all = { ...headers as Record<string, string>, ...origin && { Origin: origin } };
  const response = await http.fetch(path, { ...init, headers: all });
  await response.body?.cancel();
  const field = (name: string) => response.headers.get(name);
  return {
    status: response.status,
    allowed: field("Access-Control-Allow-Origin"),
    exposed: field("Access-Control-Expose-Headers"),
    vary: field("Vary"),
    credentials: field("Access-Control-Allow-Credentials"),
    field,
  };
}

const preflightOf = (method: string, fields = "authorization,content-type") => ({
  method: "OPTIONS",
  headers: {
    "Access-Control-Request-Method": method,
    "Access-Control-Request-Headers": fields,
  },
});

test("a preflight of an allowed page needs no token, whatever it asks for", async () => {
  await using node = startNode(loneOptions());
  await using http = open(node, [PAGE, "http://localhost:5173"]);
  for (const path of ["/v1/clients/k/location", "/v1/changes", "/healthz", "/v1/nothing"]) {
    const it = await ask(http, path, { ...preflightOf("PUT"), origin: PAGE });
    assertEquals([path, it.status, it.allowed, it.credentials], [path, 204, PAGE, null]);
    assertEquals(it.field("Access-Control-Allow-Methods"), "GET, HEAD, PUT, POST, DELETE");
    assertEquals(
      it.field("Access-Control-Allow-Headers"),
      "Authorization, Content-Type, Accept, Last-Event-ID",
    );
    assertEquals(it.field("Access-Control-Max-Age"), "7200");
    assertEquals([it.vary, it.field("Access-Control-Allow-Private-Network")], ["Origin", null]);
  }
  const { headers, method } = preflightOf("GET");
  const fields = { ...headers, "Access-Control-Request-Private-Network": "true" };
  const it = await ask(http, "/v1/changes", { method, headers: fields, origin: PAGE });
  assertEquals(it.field("Access-Control-Allow-Private-Network"), "true");
});

test("a preflight of any other page is refused, and an OPTIONS that is none needs the token", async () => {
  await using node = startNode(loneOptions());
  await using http = open(node, [PAGE]);
  await using closed = open(node, []);
  const preflight = preflightOf("DELETE");
  for (const origin of [OTHER, "null", `${PAGE}:8443`, `${PAGE}.evil.example`]) {
    const it = await ask(http, "/v1/clients/k", { ...preflight, origin });
    assertEquals([origin, it.status, it.allowed, it.vary], [origin, 403, null, "Origin"]);
    assertEquals(it.field("Access-Control-Allow-Methods"), null);
  }
  assertEquals((await ask(http, "/v1/clients", { method: "OPTIONS", origin: PAGE })).status, 401);
  assertEquals((await ask(http, "/v1/clients", preflight)).status, 401);
  const without = await ask(closed, "/v1/clients/k", { ...preflight, origin: PAGE });
  assertEquals([without.status, without.allowed, without.vary], [401, null, null]);
});

test("an allowed page can read every answer, errors too; another page none", async () => {
  await using node = startNode(loneOptions());
  const tokens = tokenKeys();
  await using http = open(node, [PAGE], { tokens });
  const bearer = { Authorization: `Bearer ${TOKEN}` };
  const scoped = { Authorization: `Bearer ${await tokenFor("kiwi", "read")}` };
  const put = { ...bearer, "Content-Type": "application/json" };
  const table: [path: string, status: number, init: RequestInit][] = [
    ["/healthz", 200, {}],
    ["/v1/clients", 200, { headers: bearer }],
    ["/v1/changes", 200, { headers: bearer }],
    ["/v1/clients?limit=0", 400, { headers: bearer }],
    ["/v1/clients", 401, {}],
    ["/v1/status", 403, { headers: scoped }],
    ["/v1/clients/nobody", 404, { headers: bearer }],
    ["/v1/nothing", 404, { headers: bearer }],
    ["/v1/clients", 405, { method: "PATCH", headers: bearer }],
    ["/v1/clients/k/location", 413, { method: "PUT", headers: put, body: "x".repeat(5_000) }],
    ["/v1/clients/k/location", 415, { method: "PUT", headers: bearer, body: "x" }],
    ["/v1/live", 426, { headers: bearer }],
    ["/", 200, {}],
  ];
  for (const [path, status, init] of table) {
    const own = await ask(http, path, { ...init, origin: PAGE });
    const what = `${path} ${status}`;
    assertEquals([what, own.status, own.allowed], [what, status, PAGE]);
    assertEquals(own.exposed, "Link, Retry-After, Allow, WWW-Authenticate", what);
    assertMatch(own.vary!, /(^|, )Origin$/, what);
    assertEquals(own.credentials, null, what);
    const other = await ask(http, path, { ...init, origin: OTHER });
    assertEquals([what, other.status, other.allowed], [what, status, null]);
    assertMatch(other.vary!, /(^|, )Origin$/, what);
    // A cache must not give a page what was kept for somebody who is none.
    const nobody = await ask(http, path, init);
    assertEquals([what, nobody.status, nobody.allowed], [what, status, null]);
    assertMatch(nobody.vary!, /(^|, )Origin$/, what);
  }
  assertEquals((await ask(http, "/v1/clients", { headers: bearer })).vary, "Accept, Origin");
});

test("a page that asks too often can read that, and for how long to wait", async () => {
  const limits = { httpRequestsPerSecondOfLoopback: 1 };
  await using node = startNode({ ...loneOptions(), limits });
  await using http = open(node, [PAGE]);
  let last = await ask(http, "/v1/clients", { origin: PAGE });
  for (let i = 0; i < 50 && last.status === 401; i++) {
    last = await ask(http, "/v1/clients", { origin: PAGE });
  }
  assertEquals([last.status, last.allowed], [429, PAGE]);
  assertMatch(last.exposed!, /Retry-After/);
});

test("'*' lets every page read, and never with credentials", async () => {
  await using node = startNode(loneOptions());
  await using http = open(node, ["*"]);
  const preflight = await ask(http, "/v1/clients", { ...preflightOf("GET"), origin: OTHER });
  assertEquals([preflight.status, preflight.allowed, preflight.credentials], [204, "*", null]);
  const own = await ask(http, "/v1/clients", { origin: OTHER });
  assertEquals([own.status, own.allowed, own.credentials, own.vary], [401, "*", null, null]);
  // Not even the head of this one can be read.
  const port = http.port.address.port;
  const broken = await exchange(port, "GET / HTTP/1.1\r\n\r\n");
  assertMatch(broken, /^HTTP\/1\.1 400 [\s\S]*\r\nAccess-Control-Allow-Origin: \*\r\n/);
});

test("without a token an allowed page may use the port, and without being allowed it may not", async () => {
  await using node = startNode(loneOptions());
  const page = "http://localhost:5173";
  await using http = open(node, [page], { token: undefined! });
  const put = {
    method: "PUT",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ lat: 1, lon: 1 }),
  };
  const path = "/v1/clients/kiwi/location";
  assertEquals((await ask(http, path, { ...put, origin: OTHER })).status, 403);
  assertEquals((await ask(http, "/v1/clients/kiwi", {})).status, 404);
  const own = await ask(http, path, { ...put, origin: page });
  assertEquals([own.status, own.allowed], [200, page]);
  for (const path of ["/v1/line", "/v1/live"]) {
    const socket = await http.open(path, { headers: { Origin: page } });
    socket.close();
    const refused = await http.open(path, { headers: { Origin: OTHER } }).catch(() => "refused");
    assertEquals(refused, "refused", path);
  }
});

test("/v1/changes takes a scoped token as a parameter, and no other path does", async () => {
  await using node = startNode(loneOptions());
  await using http = open(node, [PAGE], { tokens: tokenKeys() });
  const read = await tokenFor("*", "read");
  const other = await tokenFor("*", "tell");
  const bearer = { Authorization: `Bearer ${read}` };
  const table: [path: string, status: number, headers?: Record<string, string>][] = [
    [`/v1/changes?access_token=${read}`, 200],
    [`/v1/changes?since=now&access_token=${read}`, 200],
    [`/v1/changes?access_token=${other}`, 403],
    [`/v1/changes?access_token=${read}x`, 401],
    ["/v1/changes?access_token=", 401],
    // The one that may do everything has no place in a URL.
    [`/v1/changes?access_token=${TOKEN}`, 401],
    [`/v1/changes?access_token=${read}&access_token=${read}`, 400],
    [`/v1/changes?access_token=${read}`, 400, bearer],
    [`/v1/clients?access_token=${read}`, 401],
    [`/v1/live?access_token=${read}`, 401],
    [`/v1/line?access_token=${read}`, 401],
    [`/v1/clients?access_token=${read}`, 400, bearer],
  ];
  for (const [path, status, headers = {}] of table) {
    assertEquals([path, (await ask(http, path, { headers })).status], [path, status]);
  }
  const it = await ask(http, `/v1/changes?access_token=${read}`);
  assertEquals(it.field("Cache-Control"), "private, no-store");
});
