// Requests as bytes over real sockets, in all the ways in which clients write them.

import { assert, assertEquals, assertMatch } from "@std/assert";
import { MAX_HEAD_BYTES } from "../../../src/http/wire/head.ts";
import { type HerdNode, startNode } from "../../../src/server/node.ts";
import { exchange, readAll, readUntil, send } from "../../support/herds/client.ts";
import { loneOptions, NO_PLACES, placesOf } from "../../support/herds/herd.ts";
import { startHttp } from "../../support/herds/http.ts";
import { connectTo } from "../../support/load/rude_client.ts";
import { testWith } from "../../support/test.ts";
import { until } from "../../support/waiting.ts";

const test = testWith("sockets");

const GET = "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n";
const OK = '{"status":"ok","troubles":[]}';

function put(id: string, ...fields: string[]): string {
  const head = [`PUT /v1/clients/${id}/location HTTP/1.1`, "Host: localhost", ...fields];
  return [...head, "Content-Type: application/json", "", ""].join("\r\n");
}
const BODY = '{"lat":1,"lon":2}';

/** The statuses of replies that came one behind the other. */
function statuses(text: string): number[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((it) => Number(it[1]));
}

async function ask(node: HerdNode, text: string): Promise<string> {
  await using http = startHttp(node);
  return await exchange(http.port.address.port, text);
}

test("HttpSession answers one request, and says how long the body is", async () => {
  await using node = startNode(loneOptions());
  const reply = await ask(node, GET);
  assertMatch(reply, /^HTTP\/1\.1 200 OK\r\nX-Content-Type-Options: nosniff\r\n/);
  assertMatch(reply, new RegExp(`\r\nContent-Length: ${OK.length}\r\n`));
  assertMatch(reply, /\r\nDate: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n/);
  assert(reply.endsWith(`\r\n\r\n${OK}`), reply);
  assert(!reply.includes("Connection:"), "HTTP/1.1 goes on unless somebody says otherwise");
});

test("HttpSession answers requests that come in one piece, in order", async () => {
  await using node = startNode(loneOptions());
  const text = GET + put("k", `Content-Length: ${BODY.length}`) + BODY +
    "GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n" + "\r\n" + GET;
  assertEquals(statuses(await ask(node, text)), [200, 200, 404, 200]);
  assertEquals(node.status.clients.requests.iamat, 1);
});

test("HttpSession answers hundreds of requests in one piece", async () => {
  await using node = startNode(loneOptions());
  assertEquals(statuses(await ask(node, GET.repeat(500))), Array(500).fill(200));
});

test("HttpSession answers requests that come byte by byte", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const chunked = put("k", "Transfer-Encoding: chunked") +
    `${BODY.length.toString(16)};x=y\r\n${BODY}\r\n0\r\nA: b\r\n\r\n`;
  const text = GET + put("k", `Content-Length: ${BODY.length}`) + BODY + chunked + GET;
  using client = await connectTo(http.port.address.port);
  client.setNoDelay(true);
  for (const byte of text) await send(client, byte);
  await client.closeWrite();
  assertEquals(statuses(await readAll(client)), [200, 200, 200, 200]);
  assertEquals(node.status.clients.requests.iamat, 2);
});

test("HttpSession gives HEAD the head of GET, and no body", async () => {
  await using node = startNode(loneOptions());
  const plain = await ask(node, GET);
  const paths = ["/healthz", "/style.css", "/v1/status", "/v1/clients/nobody"];
  for (const path of paths) {
    const text = (method: string) => `${method} ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;
    const [head, get] = [await ask(node, text("HEAD")), await ask(node, text("GET"))];
    assert(head.endsWith("\r\n\r\n"), path);
    const lengthOf = (reply: string) => /Content-Length: (\d+)/.exec(reply)![1];
    if (path !== "/v1/status") assertEquals(lengthOf(head), lengthOf(get), path);
    assertEquals(statuses(head), statuses(get), path);
  }
  assertEquals(
    statuses(await ask(node, "HEAD /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n" + GET)),
    [
      200,
      200,
    ],
  );
  assert(plain.endsWith(OK));
});

test("HttpSession ends the connection when the client wants that, or speaks HTTP/1.0", async () => {
  await using node = startNode(loneOptions());
  const close = GET.replace("\r\n\r\n", "\r\nConnection: close\r\n\r\n");
  const closed = await ask(node, close + GET);
  assertEquals(statuses(closed), [200]);
  assertMatch(closed, /\r\nConnection: close\r\n/);
  assertEquals(statuses(await ask(node, "GET /healthz HTTP/1.0\r\n\r\n" + GET)), [200]);
  const kept = await ask(node, "GET /healthz HTTP/1.0\r\nConnection: keep-alive\r\n\r\n" + GET);
  assertEquals(statuses(kept), [200, 200]);
  assertMatch(kept, /\r\nConnection: keep-alive\r\n/);
});

test("HttpSession lets a client that waits for it send its body", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  using client = await connectTo(http.port.address.port);
  const length = `Content-Length: ${BODY.length}`;
  await send(client, put("k", length, "Expect: 100-continue"));
  assertEquals(await readUntil(client, "\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  await send(client, BODY);
  assertMatch(await readUntil(client, "}"), /^HTTP\/1\.1 200 OK\r\n/);
  // What is refused anyway need not be sent.
  await send(client, put("k", "Content-Length: 5000", "Expect: 100-continue"));
  assertEquals(statuses(await readAll(client)), [413]);
});

const REFUSED: [what: string, text: string, status: number][] = [
  ["no request", "IAMAT k +1+1 1\r\n\r\n", 400],
  ["a handshake of TLS", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400],
  ["the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505],
  ["a head that is too long", `GET / HTTP/1.1\r\nA: ${"a".repeat(MAX_HEAD_BYTES)}`, 431],
  ["lines without end", "GET / HTTP/1.1\r\n" + "a".repeat(2 * MAX_HEAD_BYTES), 431],
  ["too many fields", `GET / HTTP/1.1\r\n${"A: b\r\n".repeat(101)}\r\n`, 431],
  ["a body that is too long", put("k", "Content-Length: 1000000") + "x".repeat(100_000), 413],
  [
    "chunks that are too long",
    put("k", "Transfer-Encoding: chunked") + `1388\r\n${"x".repeat(5_000)}\r\n0\r\n\r\n`,
    413,
  ],
  [
    "too many chunks",
    put("k", "Transfer-Encoding: chunked") + `1;${"x".repeat(900)}\r\ny\r\n`.repeat(1_000),
    413,
  ],
  ["chunks that are none", put("k", "Transfer-Encoding: chunked") + "hello\r\n\r\n", 400],
  ["an unknown coding", put("k", "Transfer-Encoding: gzip") + BODY, 501],
  [
    "a body with no right to it",
    `POST /nothing HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n`,
    403,
  ],
];

for (const [what, text, status] of REFUSED) {
  test(`HttpSession answers ${what}, and ends the connection`, async () => {
    await using node = startNode(loneOptions());
    const reply = await ask(node, text + GET);
    assertEquals(statuses(reply), [status]);
    assertMatch(reply, /\r\nConnection: close\r\n/);
    const { status: said, detail } = JSON.parse(reply.slice(reply.indexOf("\r\n\r\n")));
    assertEquals([said, detail.length > 0], [status, true]);
  });
}

test("HttpSession does nothing for half of a request", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const head = put("k", `Content-Length: ${BODY.length}`);
  const text = head + BODY;
  for (let length = 0; length < text.length; length += 7) {
    const reply = await exchange(http.port.address.port, text.slice(0, length));
    assertEquals(statuses(reply), length < head.length ? [] : [400]);
  }
  assertEquals(node.status.clients.requests.iamat, 0);
});

test("HttpSession answers a client that has half-closed meanwhile", async () => {
  const { promise, resolve } = Promise.withResolvers<typeof NO_PLACES>();
  await using node = startNode(loneOptions({ places: placesOf(() => promise) }));
  await exchange(node.address.port, "IAMAT k +1+1 1\n");
  const reply = ask(node, "GET /v1/clients/k/places HTTP/1.1\r\nHost: localhost\r\n\r\n" + GET);
  resolve(NO_PLACES);
  assertEquals(statuses(await reply), [200, 200]);
});

test("HttpSession streams in chunks, and to HTTP/1.0 until the end of the connection", async () => {
  await using node = startNode(loneOptions());
  const token = "a-token-of-24-characters";
  await using http = startHttp(node, { token });
  await exchange(node.address.port, "IAMAT k +1+1 1\n");
  for (const minor of [0, 1]) {
    using client = await connectTo(http.port.address.port);
    const fields = `Host: localhost\r\nAuthorization: Bearer ${token}`;
    await send(client, `GET /v1/changes HTTP/1.${minor}\r\n${fields}\r\n\r\n`);
    const text = await readUntil(client, minor === 1 ? "{}\n\n\r\n" : "{}\n\n");
    assertEquals(text.includes("Transfer-Encoding: chunked"), minor === 1);
    assertMatch(text, /\r\nConnection: close\r\n/);
    const body = text.slice(text.indexOf("\r\n\r\n") + 4);
    assertMatch(body, minor === 1 ? /^[\da-f]+\r\nid: / : /^id: /);
  }
});

test("HttpSession ends a stream whose client is gone, and tells HEAD of it without one", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const streams = async () => {
    const text = await (await http.fetch("/metrics")).text();
    return /herd_http_streams\{kind="changes"\} (\d+)/.exec(text)?.[1];
  };
  const client = await connectTo(http.port.address.port);
  await send(client, "GET /v1/changes HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await readUntil(client, "{}\n\n\r\n");
  assertEquals(await streams(), "1");
  client.close();
  await until(async () => await streams() === "0");
  const head = "HEAD /v1/changes HTTP/1.1\r\nHost: localhost\r\n\r\n";
  assertEquals(
    statuses(await exchange(http.port.address.port, head.repeat(200) + GET)).length,
    201,
  );
  assertEquals(await streams(), "0");
});
