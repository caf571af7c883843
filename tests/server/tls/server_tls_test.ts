// The server's end of TLS: it serves those who speak it, and a connection that it closes is closed,
// whatever the client does.

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { encode } from "../../../src/base/bytes.ts";
import { writeAll } from "../../../src/base/connection.ts";
import type { Transport } from "../../../src/server/tls/byte_duplex.ts";
import { TlsServer } from "../../../src/server/tls/server_tls.ts";
import { readUntil, send } from "../../support/herds/client.ts";
import { isClosed } from "../../support/load/rude_client.ts";
import { testWith } from "../../support/test.ts";
import { TestAuthority } from "../../support/tls/certificates.ts";
import { within } from "../../support/waiting.ts";

const test = testWith("sockets");

/** A server's end and a client's, and the CA to believe in. */
async function connect(): Promise<{ server: Transport; client: Deno.TcpConn; ca: string }> {
  const { cert, key, ca } = await (await TestAuthority.make()).credentials("Ann");
  const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const { hostname, port } = listener.addr;
  const [accepted, client] = await Promise.all([
    listener.accept(),
    Deno.connect({ hostname, port }),
  ]);
  listener.close();
  return { server: new TlsServer({ cert, key }, ["http/1.1"]).secure(accepted), client, ca };
}

const shake = (client: Deno.TcpConn, ca: string) =>
  Deno.startTls(client, { hostname: "127.0.0.1", caCerts: [ca], alpnProtocols: ["http/1.1"] });

test("TlsServer carries bytes both ways, and knows the end of each", async () => {
  const { server, client, ca } = await connect();
  const large = new Uint8Array(1_000_000).fill(0x61);
  large.fill(0x0a, -1);
  const echo = (async () => {
    const buffer = new Uint8Array(10_000);
    for (let n = await server.read(buffer); n !== null; n = await server.read(buffer)) {
      await writeAll(server, buffer.slice(0, n));
    }
    await server.closeWrite();
  })();
  using secured = await shake(client, ca);
  assertEquals((await secured.handshake()).alpnProtocol, "http/1.1");
  const sent = send(secured, "hello ").then(() => writeAll(secured, large));
  assertEquals((await readUntil(secured, "\n")).length, 1_000_006);
  await sent;
  await secured.closeWrite();
  await echo;
  assertEquals(await isClosed(secured), true);
  server.close();
});

const RUDE: [what: string, act: (client: Deno.TcpConn, ca: string) => Promise<Deno.Conn>][] = [
  ["is silent", (client) => Promise.resolve(client)],
  ["stops in the middle of the handshake", async (client) => {
    await client.write(new Uint8Array([0x16, 3, 1, 2, 0, 1]));
    return client;
  }],
  ["is silent after the handshake", async (client, ca) => {
    const secured = await shake(client, ca);
    await secured.handshake();
    return secured;
  }],
];

for (const [what, act] of RUDE) {
  test(`TlsServer closes the connection of a client that ${what}`, async () => {
    const { server, client, ca } = await connect();
    const reading = server.read(new Uint8Array(10)).catch(() => null);
    using left = await act(client, ca);
    server.close();
    assertEquals(await within(isClosed(left), "the end of the connection"), true);
    assertEquals(await reading, null);
    await assertRejects(() => server.read(new Uint8Array(1)));
  });
}

test("TlsServer closes the connection of a client that does not read", async () => {
  const { server, client, ca } = await connect();
  const megabyte = new Uint8Array(2 ** 20);
  let written = 0;
  const writing = (async () => {
    for (;;) {
      await writeAll(server, megabyte);
      written++;
    }
  })().catch(() => {});
  using secured = await shake(client, ca);
  await secured.handshake();
  for (let before = -1; written > before;) {
    before = written;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  server.close();
  await within(writing, "the end of the writing");
  const buffer = new Uint8Array(2 ** 20);
  const drained = (async () => {
    while (await secured.read(buffer).catch(() => null) !== null);
  })();
  await within(drained, "the end of the connection");
});

test("TlsServer says why a handshake failed", async () => {
  const table: [text: string | undefined, reason: RegExp][] = [
    ["IAMAT kiwi +1+1 1\n", /wrong version|unexpected|packet|InvalidContentType|corrupt/i],
    [undefined, /hung up during the TLS handshake/],
  ];
  for (const [text, reason] of table) {
    const { server, client } = await connect();
    const failure = server.read(new Uint8Array(10)).then(() => "none", (error) => String(error));
    if (text !== undefined) await client.write(encode(text));
    else client.close();
    assertMatch(await within(failure, "a failure"), reason);
    server.close();
    if (text !== undefined) client.close();
  }
});
