// The HTTP port over TLS.

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { encode } from "../../src/base/bytes.ts";
import { ask } from "../../src/http/ask.ts";
import { HttpPort } from "../../src/http/port.ts";
import { dialSocket } from "../../src/http/sockets/dial_socket.ts";
import { SystemClock } from "../../src/server/system.ts";
import { type HerdNode, startNode } from "../../src/server/node.ts";
import { exchange, readAll, send } from "../support/herds/client.ts";
import { loneOptions } from "../support/herds/herd.ts";
import { loneTopology } from "../support/herds/http.ts";
import { connectTo, isClosed } from "../support/load/rude_client.ts";
import { testWith } from "../support/test.ts";
import { TestAuthority } from "../support/tls/certificates.ts";
import { until } from "../support/waiting.ts";

const test = testWith("sockets");
const TOKEN = "a-token-of-24-characters";
const signal = new AbortController().signal;

async function startHttps(node: HerdNode): Promise<{ port: HttpPort; ca: string }> {
  const tls = await (await TestAuthority.make()).credentials("Goloman");
  const port = new HttpPort({
    node,
    topology: loneTopology(node.name),
    hostname: "127.0.0.1",
    port: 0,
    token: TOKEN,
    tls,
    version: "0.0.0",
  });
  return { port, ca: tls.ca };
}

test("an HTTPS port answers, streams and opens WebSockets to those who trust its CA", async () => {
  await using node = startNode(loneOptions());
  const { port: http, ca } = await startHttps(node);
  await using _http = http;
  const { port } = http.address;
  const target = { host: "127.0.0.1", port, trust: { ca } };
  const { status, text } = await ask(target, "/v1/status", { token: TOKEN, signal });
  assertEquals([status, JSON.parse(text).name], [200, "Goloman"]);
  assertEquals((await ask(target, "/v1/status", { token: undefined, signal })).status, 401);

  // As browsers and phones do it.
  using client = Deno.createHttpClient({ caCerts: [ca] });
  const url = `https://127.0.0.1:${port}`;
  const page = await fetch(`${url}/`, { client });
  assertMatch(await page.text(), /<!doctype html>/i);
  const large = await fetch(`${url}/world-50m.json`, { client });
  assertEquals((await large.json()).type, "Topology");
  const headers = { Authorization: `Bearer ${TOKEN}` };
  const changes = await fetch(`${url}/v1/changes`, { client, headers });
  await exchange(node.address.port, "IAMAT k +1+1 1\n");
  for await (const text of changes.body!.pipeThrough(new TextDecoderStream())) {
    if (text.includes('"id":"k"')) break;
  }

  const options = { protocol: "herd.line.v1", token: TOKEN, clock: new SystemClock(), signal };
  const socket = await dialSocket(target, "/v1/line", options);
  await socket.send(encode("hello\n"), true);
  const { bytes } = (await socket.readMessage(100))!;
  assertEquals(bytes, encode("? hello\n"));
  await socket.finish();
});

test("ask() does not talk to a server whose certificate is not to be trusted", async () => {
  await using node = startNode(loneOptions());
  const { port: http } = await startHttps(node);
  await using _http = http;
  const { identity } = await TestAuthority.make();
  for (const ca of [undefined, identity.certificate]) {
    const target = { host: "127.0.0.1", port: http.address.port, trust: { ca } };
    await assertRejects(
      () => ask(target, "/healthz", { token: TOKEN, signal }),
      Deno.errors.InvalidData,
      "invalid peer certificate",
    );
  }
});

test("an HTTPS port ends what does not speak TLS, and serves who does meanwhile", async () => {
  await using node = startNode(loneOptions());
  const { port: http, ca } = await startHttps(node);
  await using _http = http;
  const { port } = http.address;
  using plain = await connectTo(port);
  await send(plain, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
  await readAll(plain).catch(() => {});
  using silent = await connectTo(port);
  const target = { host: "127.0.0.1", port, trust: { ca } };
  assertEquals((await ask(target, "/healthz", { token: undefined, signal })).status, 200);
  await until(() => http.status.connections === 1);
  await http.close();
  assertEquals(await isClosed(silent), true);
});
