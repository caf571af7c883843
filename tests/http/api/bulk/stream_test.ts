// Bodies of many locations that are read while they are answered.

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { encode } from "../../../../src/base/bytes.ts";
import { postLocations } from "../../../../src/http/api/bulk/locations.ts";
import { Problem } from "../../../../src/http/problem.ts";
import { isStream } from "../../../../src/http/wire/reply.ts";
import { HttpRequest } from "../../../../src/http/wire/request.ts";
import type { ClientService } from "../../../../src/server/clients/service.ts";
import { EVERYTHING, Grant } from "../../../../src/server/tokens/grant.ts";
import { startNode } from "../../../../src/server/node.ts";
import { readAll, readUntil, send } from "../../../support/herds/client.ts";
import { loneOptions } from "../../../support/herds/herd.ts";
import { httpContext, startHttp } from "../../../support/herds/http.ts";
import { connectTo } from "../../../support/load/rude_client.ts";
import { testWith } from "../../../support/test.ts";
import { until } from "../../../support/waiting.ts";

const test = testWith("sockets");

const LINES = "application/x-ndjson";
const STORED = '{"isStored":true}\n';

/** Each is newer than those before. */
let seconds = 1_000_000;
const located = (number: number) =>
  `{"id":"c${number}","lat":1.5,"lon":-2.5,"time":"${seconds++}"}`;

function head(framing: string, { type = LINES, path = "/v1/locations" } = {}): string {
  const fields = ["Host: localhost", `Content-Type: ${type}`, framing];
  return [`POST ${path} HTTP/1.1`, ...fields, "", ""].join("\r\n");
}

/** Texts as chunks, with the end of the body. */
function chunks(...texts: string[]): string {
  return [...texts, ""].map((it) => `${encode(it).length.toString(16)}\r\n${it}\r\n`).join("");
}

/** The body of an answer in chunks. */
function joined(reply: string): string {
  let body = "";
  for (let at = reply.indexOf("\r\n\r\n") + 4;;) {
    const end = reply.indexOf("\r\n", at);
    const size = parseInt(reply.slice(at, end), 16);
    if (size === 0) return body;
    body += reply.slice(end + 2, end + 2 + size);
    at = end + 2 + size + 2;
  }
}

test("POST locations answers while the body still comes", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  using client = await connectTo(http.port.address.port);
  await send(client, head("Transfer-Encoding: chunked") + "5\r\n" + located(1).slice(0, 5));
  await send(client, "\r\n" + chunks(located(1).slice(5) + "\n").slice(0, -5));
  assertMatch(await readUntil(client, `${STORED}\r\n`), /^HTTP\/1\.1 200 OK\r\n/);
  assertEquals(node.store.size, 1);
  await send(client, chunks(`${located(2)}\n`));
  await readUntil(client, `${STORED}\r\n0\r\n\r\n`);
  // The connection goes on.
  await send(client, "GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await readUntil(client, '"troubles":[]}');
});

test("POST locations takes a body of any length, and what comes behind it is the next request", async () => {
  const count = 60_000;
  const inLines = (it: readonly string[]) => `${it.join("\r\n")}\r\n`;
  const inArray = (it: readonly string[]) => `[${it}]`;
  const bodies = ["/v1/locations?answer=summary", "/v1/locations"].flatMap((path) => [
    { path, type: LINES, textOf: inLines },
    { path, type: "application/json", textOf: inArray },
  ]);
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  for (const { textOf, ...rest } of bodies) {
    for (const isChunked of [false, true]) {
      const text = textOf(Array.from({ length: count }, (_, i) => located(i)));
      using client = await connectTo(http.port.address.port);
      const size = encode(text).length;
      const framing = isChunked ? "Transfer-Encoding: chunked" : `Content-Length: ${size}`;
      const body = isChunked ? chunks(text.slice(0, 99), text.slice(99)) : text;
      const close = "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
      const reading = readAll(client);
      await send(client, head(framing, rest) + body + close);
      const [reply, next] = (await reading).split(
        /(?<=\r\n)(?=HTTP\/1\.1 200 OK\r\nX-)|(?<=\})(?=HTTP)/,
      );
      assertMatch(next!, /"troubles":\[\]\}$/);
      if (rest.path !== "/v1/locations") {
        assertMatch(reply!, new RegExp(`\\{"received":${count},"stored":${count},"faulty":0,`));
      } else if (rest.type === LINES) assertEquals(joined(reply!), STORED.repeat(count));
      else {
        const { answers, ...sum } = JSON.parse(joined(reply!));
        assertEquals(sum, { received: count, stored: count, faulty: 0, faults: [] });
        assertEquals(answers.length, count);
      }
    }
  }
  assertEquals(node.store.size, count);
});

test("POST locations keeps what was whole when the client goes, or its body is no good", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const { port } = http.port.address;
  const text = `${located(1)}\n${located(2)}\n${located(3)}`;
  {
    using client = await connectTo(port);
    await send(client, head("Content-Length: 1000") + text);
    await readUntil(client, `${STORED.repeat(2)}\r\n`);
  }
  await until(() => http.port.status.connections === 0);
  assertEquals(node.store.size, 2);
  using client = await connectTo(port);
  await send(client, head("Transfer-Encoding: chunked") + chunks(`${located(4)}\n`).slice(0, -5));
  await readUntil(client, `${STORED}\r\n`);
  await send(client, "no size\r\n");
  // An answer that ends like this has not ended: its last chunk is not there.
  assertEquals((await readAll(client)).includes("0\r\n\r\n"), false);
  assertEquals(node.store.size, 3);
});

test("POST locations says of a body as a whole what is wrong with it", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const post = async (body: string, query = "") => {
    const headers = { "Content-Type": "application/json" };
    const response = await http.fetch(`/v1/locations${query}`, { method: "POST", headers, body });
    return { status: response.status, ...await response.json() };
  };
  for (const query of ["", "?answer=summary"]) {
    for (const body of ["", " ", "7", "{}", "["]) {
      const { status, detail } = await post(body, query);
      assertEquals(status, 400, body);
      assertMatch(detail, /The body is not an array of JSON|the array does not end/);
    }
    const cut = await post(`[${located(1)},${located(2)}`, query);
    const { received, stored, faults } = cut;
    assertEquals({ received, stored, faults }, {
      received: 2,
      stored: 1,
      faults: [{ number: 2, error: "the array does not end" }],
    });
    const more = await post(`[${located(1)}] 8`, query);
    assertEquals(more.faults, [{ number: 2, error: "there is something behind the array" }]);
    const empty = await post("[ ]", query);
    assertEquals([empty.status, empty.received], [200, 0]);
  }
});

test("POST locations reads no more of a client that takes no answers, and ends it in time", async () => {
  await using node = startNode(loneOptions({ limits: { httpAnswerMs: 300 } }));
  await using http = startHttp(node);
  using client = await connectTo(http.port.address.port);
  const piece = encode(`${located(1)}\n`.repeat(20_000));
  let sent = 0;
  const sending = (async () => {
    await send(client, head("Content-Length: 999999999999"));
    for (;;) sent += await client.write(piece);
  })();
  await assertRejects(() => sending);
  // What both kernels hold, and no more: it was not read without end.
  assert(sent < 64 * 1024 * 1024, `${sent} bytes`);
  await until(() => http.port.status.ended.unread === 1);
});

test("POST locations ends a body that drips", async () => {
  await using node = startNode(loneOptions({ limits: { httpBodyMs: 300 } }));
  await using http = startHttp(node);
  using client = await connectTo(http.port.address.port);
  client.setNoDelay(true);
  const sending = (async () => {
    await send(client, head("Content-Length: 1000000") + `${located(1)}\n`);
    for (;;) {
      await send(client, " ");
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  await assertRejects(() => sending);
  assertEquals(http.port.status.ended.slow, 1);
});

/** A request of whoever may do everything, whose body comes in these pieces. */
function requestOf(pieces: Uint8Array[]): HttpRequest {
  const fields = new Map([["content-type", LINES]]);
  const request = new HttpRequest(
    { method: "POST", path: "/v1/locations", search: "", minor: 1, fields },
    { peer: "127.0.0.1:1", scheme: "http" },
  );
  request.grant = EVERYTHING;
  request.pieces = { next: () => Promise.resolve(pieces.shift()) };
  return request;
}

test("POST locations takes nothing more once a token has expired", async () => {
  await using node = startNode(loneOptions());
  using context = httpContext(node);
  const request = requestOf([encode(`${located(1)}\n`), encode(`${located(2)}\n`)]);
  const clients = { bytes: new Uint8Array(0), isPrefix: true };
  const expires = Date.now() / 1000 + 0.2;
  request.grant = new Grant({ subject: "*", clients, scopes: ["tell"], expires });
  const { body } = await postLocations(request, context);
  assert(isStream(body));
  using _ended = body;
  assertEquals(await body.next(), encode(STORED));
  await until(() => Date.now() / 1000 > expires);
  await assertRejects(() => body.next(), Problem, "The token has expired");
  assertEquals(node.store.size, 1);
  // A last line is looked at like all others.
  const late = requestOf([encode(located(3))]);
  late.grant = request.grant;
  await assertRejects(() => postLocations(late, context), Problem, "The token has expired");
});

test("POST locations answers what is on the disk, where that is promised", async () => {
  // Also a last line that no newline ends.
  for (const end of ["\n", ""]) {
    await using node = startNode(loneOptions());
    using context = httpContext(node);
    const saved = Promise.withResolvers<void>();
    const clients: ClientService = {
      ...context.clients,
      takeLine: (line, end) => context.clients.takeLine(line, end),
      whyNotDate: () => undefined,
      whenSafe: () => saved.promise,
    };
    const reply = postLocations(requestOf([encode(located(1) + end)]), { ...context, clients });
    let isAnswered = false;
    reply.then(() => isAnswered = true, () => {});
    await until(() => node.store.size === 1);
    await new Promise((resolve) => setTimeout(resolve));
    assertEquals(isAnswered, false);
    saved.resolve();
    const { body } = await reply;
    assert(isStream(body));
    using _ended = body;
    assertEquals(await body.next(), encode(STORED));
    assertEquals(await body.next(), undefined);
  }
});
