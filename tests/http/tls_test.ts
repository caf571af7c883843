// The HTTP port over TLS.

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { encode } from "../../src/base/bytes.ts";
import { ask } from "../../src/http/ask.ts";
import { silentLog } from "../../src/base/log.ts";
import { recordingLog } from "../support/fakes/log.ts";
import { HttpPort, type HttpTls } from "../../src/http/port.ts";
import { dialSocket } from "../../src/http/sockets/dial_socket.ts";
import { LOOK_MS, OwnCredentials } from "../../src/server/tls/own_credentials.ts";
import { ManualClock } from "../support/fakes/manual_clock.ts";
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

function startHttps(node: HerdNode, tls: HttpTls): HttpPort {
  const http = new HttpPort({
    doors: node.doors,
    topology: loneTopology(node.name),
    hostname: "127.0.0.1",
    port: 0,
    token: TOKEN,
    tls,
    version: "0.0.0",
  });
  http.serve(node);
  return http;
}

async function certificate(): Promise<HttpTls & { readonly ca: string }> {
  return await (await TestAuthority.make()).credentials("Goloman");
}

test("an HTTPS port answers, streams and opens WebSockets to those who trust its CA", async () => {
  await using node = startNode(loneOptions());
  const tls = await certificate();
  const { ca } = tls;
  await using http = startHttps(node, tls);
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
  await using http = startHttps(node, await certificate());
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

test("an HTTPS port shows a renewed certificate without a restart, and goes on with who is there", async () => {
  await using node = startNode(loneOptions());
  const [before, after] = await Promise.all([TestAuthority.make(), TestAuthority.make()]);
  const renewed = await after.credentials("Goloman");
  let credentials = await before.credentials("Goloman");
  const clock = new ManualClock();
  const reread = () => Promise.resolve(credentials);
  using tls = new OwnCredentials({ credentials, reread, clock, log: silentLog });
  tls.start();
  await using http = startHttps(node, tls);
  const { port } = http.address;
  const statusFor = async ({ identity: { certificate: ca } }: TestAuthority) => {
    const target = { host: "127.0.0.1", port, trust: { ca } };
    const { status } = await ask(target, "/v1/status", { token: TOKEN, signal });
    return status;
  };
  assertEquals(await statusFor(before), 200);
  using client = Deno.createHttpClient({ caCerts: [before.identity.certificate] });
  const headers = { Authorization: `Bearer ${TOKEN}` };
  const changes = await fetch(`https://127.0.0.1:${port}/v1/changes`, { client, headers });

  credentials = renewed;
  await clock.pass(LOOK_MS);
  assertEquals(await statusFor(after), 200);
  await assertRejects(() => statusFor(before), Deno.errors.InvalidData);
  await exchange(node.address.port, "IAMAT k +1+1 1\n");
  for await (const text of changes.body!.pipeThrough(new TextDecoderStream())) {
    if (text.includes('"id":"k"')) break;
  }
});

test("an HTTPS port ends what does not speak TLS, and serves who does meanwhile", async () => {
  await using node = startNode(loneOptions());
  const tls = await certificate();
  const { ca } = tls;
  await using http = startHttps(node, tls);
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

test("who does not speak TLS to an HTTPS port is a line a minute in the log", async () => {
  const log = recordingLog();
  await using node = startNode(loneOptions({ log }));
  await using http = startHttps(node, await certificate());
  for (let i = 0; i < 5; i++) {
    await exchange(http.address.port, "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n").catch(() => "");
  }
  const told = () => log.entries.filter((it) => it.event === "http.broken");
  await until(() => told().length === 5);
  assertEquals(told().map((it) => it.level), ["info", ...Array(4).fill("debug")]);
});
