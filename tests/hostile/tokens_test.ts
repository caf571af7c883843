// Attacks on HTTP by clients with scoped tokens, with bad ones, and with many of those.

import { assert, assertEquals } from "@std/assert";
import { MAX_TOKEN_CHARACTERS } from "../../src/server/tokens/token_keys.ts";
import { startNode } from "../../src/server/node.ts";
import { exchange } from "../support/herds/client.ts";
import { loneOptions } from "../support/herds/herd.ts";
import { startHttp, type TestHttp } from "../support/herds/http.ts";
import { tokenFor, tokenKeys } from "../support/herds/tokens.ts";
import { connectTo } from "../support/load/rude_client.ts";
import { testWith } from "../support/test.ts";
import { until } from "../support/waiting.ts";

const test = testWith("sockets");

/** A request of a client with this token. */
function request(line: string, token: string, more = ""): string {
  return `${line} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ${token}\r\n${more}\r\n`;
}

/** The statuses of what comes back for these bytes. */
async function statuses(http: TestHttp, bytes: string): Promise<number[]> {
  const text = await exchange(http.port.address.port, bytes);
  return [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((it) => Number(it[1]));
}

test("requests of many tokens on one connection are answered in their order", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node, { tokens: tokenKeys() });
  const [reader, teller] = await Promise.all([tokenFor("k*", "read"), tokenFor("k*", "tell")]);
  const body = '{"lat":1,"lon":1}';
  const put = (token: string, client: string) =>
    request(
      `PUT /v1/clients/${client}/location`,
      token,
      `Content-Type: application/json\r\nContent-Length: ${body.length}\r\n`,
    ) + body;
  const bytes = [
    put(teller, "k1"),
    request("GET /v1/clients/k1", reader),
    put(reader, "k1"),
  ].join("");
  // A refused body is passed over with the connection.
  assertEquals(await statuses(http, bytes), [200, 200, 403]);
  const bad = [request("GET /v1/clients/k1", reader), request("GET /v1/clients/k1", "x.y.z")].join(
    "",
  );
  assertEquals(await statuses(http, bad + bad), [200, 401, 200, 401]);
});

test("a body is not waited for where the token does not allow it", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node, { tokens: tokenKeys() });
  const token = await tokenFor("k", "read");
  const more = "Content-Length: 4000\r\nExpect: 100-continue\r\n";
  const text = await exchange(
    http.port.address.port,
    request("PUT /v1/clients/k/location", token, more),
  );
  assert(text.startsWith("HTTP/1.1 403 "), text);
});

test("a client that goes while its token is looked at leaves nothing behind", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node, { tokens: tokenKeys() });
  for (let i = 0; i < 50; i++) {
    const connection = await connectTo(http.port.address.port);
    const token = await tokenFor(`k${i}`, "read");
    await connection.write(new TextEncoder().encode(request(`GET /v1/clients/k${i}`, token)));
    connection.close();
  }
  await until(() => http.port.status.connections === 0);
  assertEquals(await statuses(http, request("GET /v1/clients/k", await tokenFor("k", "read"))), [
    404,
  ]);
});

test("who tries tokens is told to wait, and others are served meanwhile", async () => {
  const limits = { httpRequestsPerSecond: 200, httpRequestsPerSecondOfLoopback: 0.1 };
  await using node = startNode(loneOptions({ limits }));
  await using http = startHttp(node, { tokens: tokenKeys(), token: "a-token-of-24-characters" });
  const good = await tokenFor("*", "status");
  assertEquals(await statuses(http, request("GET /v1/status", good)), [200]);
  assertEquals(await statuses(http, request("GET /v1/status", "a.b.c").repeat(3)), [401, 429, 429]);
  const response = await http.fetch("/v1/status");
  await response.body?.cancel();
  assertEquals(response.status, 429);
  assert(Number(response.headers.get("Retry-After")) >= 1);
  assertEquals(await statuses(http, request("GET /v1/status", "a-token-of-24-characters")), [200]);
  assertEquals(
    (await http.fetch("/healthz").then(async (it) => [await it.text(), it.status]))[1],
    200,
  );
});

test("a token is limited by itself, whatever addresses it comes from", async () => {
  const limits = { httpRequestsPerSecond: 0.5 };
  await using node = startNode(loneOptions({ limits }));
  await using http = startHttp(node, { tokens: tokenKeys() });
  const [one, other] = await Promise.all([tokenFor("*", "status"), tokenFor("*", "status")]);
  const all = await statuses(http, request("GET /v1/status", one).repeat(8));
  assertEquals(all, [200, 200, 200, 200, 200, 429, 429, 429]);
  assertEquals(await statuses(http, request("GET /v1/status", other)), [200]);
});

test("tokens of any length and kind are refused", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node, { tokens: tokenKeys() });
  for (const length of [1, MAX_TOKEN_CHARACTERS, MAX_TOKEN_CHARACTERS + 1, 8_000]) {
    const token = `a.b.${"c".repeat(length)}`;
    assertEquals(await statuses(http, request("GET /v1/status", token)), [401], String(length));
    assertEquals(
      await statuses(http, `POST /v1/report/${token}/traccar HTTP/1.1\r\nHost: localhost\r\n\r\n`),
      [401],
      String(length),
    );
  }
  const basic = btoa("user:" + "x".repeat(100));
  for (const value of ["Basic", "Basic !", `Basic ${basic}`, "Bearer", "Bearer a b", "Digest x"]) {
    const text = `GET /v1/status HTTP/1.1\r\nHost: localhost\r\nAuthorization: ${value}\r\n\r\n`;
    assertEquals(await statuses(http, text), [401], value);
  }
});
