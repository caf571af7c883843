// What all routes have in common, and health.

import { assertEquals, assertMatch, assertThrows } from "@std/assert";
import { startNode } from "../../src/server/node.ts";
import { ConfigError } from "../../src/base/errors.ts";
import { recordingLog } from "../support/fakes/log.ts";
import { exchange, send } from "../support/herds/client.ts";
import { until, within } from "../support/waiting.ts";
import { loneOptions, NO_PLACES, placesOf, startHerd } from "../support/herds/herd.ts";
import { closed, startHttp } from "../support/herds/http.ts";
import { testWith } from "../support/test.ts";

const test = testWith("sockets");
const TOKEN = "a-token-of-24-characters";

test("every path but health asks for the token, also those that do not exist", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node, { token: TOKEN });
  const status = async (path: string, headers: Record<string, string> = {}) => {
    const response = await http.fetch(path, { headers });
    await response.body?.cancel();
    return response.status;
  };
  for (const path of ["/healthz", "/readyz"]) assertEquals(await status(path), 200);
  for (
    const path of [
      "/metrics",
      "/openapi.json",
      "/v1/status",
      "/v1/clients/k",
      "/v1/line",
      "/v1/live",
      "/healthz/",
    ]
  ) assertEquals({ path, status: await status(path) }, { path, status: 401 });
  const response = await http.fetch("/v1/status");
  assertEquals(response.headers.get("WWW-Authenticate"), 'Bearer realm="herd"');
  assertEquals(response.headers.get("Content-Type"), "application/problem+json");
  await response.body?.cancel();
  assertEquals(await status("/v1/status", { Authorization: `Bearer ${TOKEN}` }), 200);
});

test("a page of somebody else's gets nothing where there is no token", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const response = await http.fetch("/v1/status", { headers: { Origin: "http://example.com" } });
  assertEquals(response.status, 403);
  await response.body?.cancel();
});

test("no answer is kept, and none is taken for what it is not", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  for (
    const path of ["/healthz", "/metrics", "/v1/status", "/v1/clients/nobody", "/v1/changes"]
  ) {
    const { headers, body } = await http.fetch(path);
    await body?.cancel();
    assertMatch(headers.get("Cache-Control")!, /^(private, )?no-store$/, path);
    assertEquals(headers.get("X-Content-Type-Options"), "nosniff", path);
  }
});

test("a method that a path does not have is answered with those that it has", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  const table = [
    ["POST", "/v1/status", 405, "GET, HEAD"],
    ["PUT", "/v1/clients/k", 405, "GET, HEAD, DELETE"],
    ["GET", "/v1/clients/k/location", 405, "PUT"],
    ["HEAD", "/v1/status", 200, null],
    ["GET", "/v2/status", 404, null],
  ] as const;
  for (const [method, path, status, allow] of table) {
    const response = await http.fetch(path, { method });
    assertEquals({ path, status: response.status }, { path, status });
    assertEquals(response.headers.get("Allow"), allow);
    await response.body?.cancel();
  }
});

test("health is of the process, readiness of its use", async () => {
  await using herd = await startHerd({ links: [["Ann", "Bob"]] });
  const ann = herd.node("Ann");
  await using http = startHttp(ann);
  const look = async (path: string) => {
    const response = await http.fetch(path);
    return [response.status, await response.json()];
  };
  await until(async () => (await look("/readyz"))[0] === 200);
  assertEquals(await look("/readyz"), [200, { isReady: true, troubles: [] }]);
  await until(async () => (await look("/healthz"))[1].status === "ok");
  await herd.stop("Bob");
  await until(async () => (await look("/healthz"))[1].status === "degraded");
  const troubles = ["It does not follow 'Bob'"];
  assertEquals(await look("/healthz"), [200, { status: "degraded", troubles }]);
  // It answers no worse for that.
  assertEquals(await look("/readyz"), [200, { isReady: true, troubles: [] }]);
  const stopped = ann.stop();
  assertEquals((await look("/readyz"))[1].troubles[0], "It is stopping");
  await within(stopped, "the server to stop");
});

test("HttpPort.close() ends streams at once and frees the port", async () => {
  await using node = startNode(loneOptions());
  const http = startHttp(node);
  const stream = await http.fetch("/v1/changes");
  const live = await http.open("/v1/live");
  const line = await http.open("/v1/line");
  const ended = [live, line].map(closed);
  const startedMs = performance.now();
  await within(Promise.all([node.stop(), http.port.close()]), "server and port to stop");
  assertEquals(performance.now() - startedMs < 1_000, true);
  await stream.text();
  assertEquals((await Promise.all(ended)).map((it) => it.code), [1001, 1001]);
  await using again = startHttp(node, { port: http.port.address.port });
  assertEquals(again.url, http.url);
});

test("HttpPort.close() sends what was asked for, and does not wait for who never ends", async () => {
  const { promise, resolve } = Promise.withResolvers<typeof NO_PLACES>();
  await using node = startNode(loneOptions({ places: placesOf(() => promise) }));
  const http = startHttp(node);
  await exchange(node.address.port, "IAMAT k +1+1 1\n");
  const places = http.fetch("/v1/clients/k/places");
  await until(() => node.status.places.waiting === 1);
  // A request whose body never comes, on a connection that stays open.
  const { hostname, port } = http.port.address;
  const stuck = await Deno.connect({ hostname, port });
  const head = "PUT /v1/clients/k/location HTTP/1.1\r\nHost: localhost\r\n" +
    "Content-Type: application/json\r\nContent-Length: 10\r\n\r\n";
  await send(stuck, head);
  const closing = http.port.close();
  resolve({ ...NO_PLACES, results: [{ name: "x".repeat(100_000) }] });
  const response = await places;
  assertEquals((await response.json()).places.results[0].name.length, 100_000);
  await closing;
  stuck.close();
});

test("HttpPort is not opened to others without a token", async () => {
  await using node = startNode(loneOptions());
  assertThrows(
    () => startHttp(node, { hostname: "0.0.0.0" }),
    ConfigError,
    "Cannot open HTTP on '0.0.0.0' port 0 without a token",
  );
});

test("HEAD tells the length that GET has, and sends nothing else", async () => {
  await using node = startNode(loneOptions());
  await using http = startHttp(node);
  await exchange(node.address.port, "IAMAT k +1+1 1\n");
  const paths = ["/openapi.json", "/healthz", "/readyz", "/v1/clients/k", "/v1/clients?near=1,1"];
  for (const path of [...paths, "/", "/app.js", "/world-50m.json", "/v1/clients/x", "/v2"]) {
    const length = async (method: string) => {
      // With a client of bytes: `fetch` takes an answer to HEAD as it likes.
      const request = `${method} ${path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`;
      const text = await exchange(http.port.address.port, request);
      const [head, body] = text.split("\r\n\r\n", 2);
      assertEquals({ path, body: body!.length > 0 }, { path, body: method === "GET" });
      return /^Content-Length: (\d+)$/m.exec(head!)?.[1];
    };
    assertEquals({ path, length: await length("HEAD") }, { path, length: await length("GET") });
  }
});

const EARLY = "The body ended before its end";

test("a broken body is the client's fault: 400, said at debug alone", async () => {
  const log = recordingLog();
  await using node = startNode(loneOptions({ log }));
  await using http = startHttp(node);
  const head = "PUT /v1/clients/k/location HTTP/1.1\r\nHost: localhost\r\n" +
    "Content-Type: application/json\r\n";
  const bodies = [
    'Content-Length: 100\r\n\r\n{"lat": 1',
    "Content-Length: 3\r\n\r\n{]}",
    'Transfer-Encoding: chunked\r\n\r\n9\r\n{"lat": 1\r\n',
    "Transfer-Encoding: chunked\r\n\r\nnine\r\n{",
    "Content-Length: 4\r\n\r\n\xff\xfe\xff\xfe",
  ];
  for (const body of bodies) {
    // `exchange` ends its direction, then reads to the end.
    const reply = await exchange(http.port.address.port, head + body);
    assertMatch(reply, /^HTTP\/1\.1 400 Bad Request\r\n/, body);
  }
  // One that is gone in the middle gets nothing, and nobody minds.
  const gone = await Deno.connect({ port: http.port.address.port });
  await gone.write(new TextEncoder().encode(head + bodies[0]));
  gone.close();
  const early = () => log.entries.filter(({ fields }) => fields["reason"] === EARLY).length;
  await until(() => early() === 3);
  await node.stop();
  assertEquals(log.entries.filter((it) => it.level === "error" || it.level === "warn"), []);
  assertEquals(
    log.entries.filter((it) => it.event === "http.refused").map((it) => it.level),
    Array(log.entries.filter((it) => it.event === "http.refused").length).fill("debug"),
  );
});
