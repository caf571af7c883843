// Connecting over TLS as a client: whom it believes, and how long it waits.

import { assertEquals, assertRejects } from "@std/assert";
import { connectClient } from "../../../src/cli/client/connect.ts";
import { ConfigError } from "../../../src/base/errors.ts";
import { parseTopology, type Topology } from "../../../src/topology/topology.ts";
import { TestAuthority } from "../../support/tls/certificates.ts";
import { readAll, readByte, send } from "../../support/herds/client.ts";
import { testWith } from "../../support/test.ts";
import { temporaryFolder } from "../../support/files/temporary.ts";
import { within } from "../../support/waiting.ts";

const test = testWith("sockets", "disk");

/** Ann's topology and a folder with the CA's certificate. */
async function prepare(port: number, authority: TestAuthority, certs: string): Promise<Topology> {
  await Deno.writeTextFile(`${certs}/ca.pem`, authority.identity.certificate);
  return parseTopology(JSON.stringify({
    herd: "test",
    tls: { certs, clients: true },
    servers: { Ann: { host: "127.0.0.1", port, link: port === 1 ? 2 : 1 } },
    links: [],
  }));
}

test("connectClient() speaks TLS with a server of the herd, and with no other", async () => {
  using folder = temporaryFolder();
  const authority = await TestAuthority.make();
  const stranger = await TestAuthority.make();
  for (const issuer of [authority, stranger]) {
    const { cert, key } = await issuer.credentials("Ann");
    using listener = Deno.listenTls({ hostname: "127.0.0.1", port: 0, cert, key });
    const topology = await prepare(listener.addr.port, authority, folder.path);
    const served = listener.accept().then(async (connection) => {
      using _ = connection;
      await send(connection, await readAll(connection));
    });
    if (issuer === authority) {
      using connection = await connectClient(topology, "Ann");
      await send(connection, "echo");
      await connection.closeWrite();
      assertEquals(await readAll(connection), "echo");
      await within(served, "the server to be done");
    } else {
      const ended = assertRejects(() => served);
      const connecting = () => connectClient(topology, "Ann");
      await assertRejects(connecting, Error, "invalid peer certificate");
      await within(ended, "the server to refuse");
    }
  }
});

test("connectClient() gives up on a server that does not shake hands when it is told to", async () => {
  using folder = temporaryFolder();
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const topology = await prepare(listener.addr.port, await TestAuthority.make(), folder.path);
  const stop = new AbortController();
  const connecting = assertRejects(() => connectClient(topology, "Ann", stop.signal));
  using _connection = await firstThatTalks(listener);
  // The client's first words are here: it waits for an answer.
  stop.abort();
  await within(connecting, "the client to give up");
});

/** The first connection that brings a byte: a port may be dialled that was another test's. */
async function firstThatTalks(listener: Deno.TcpListener): Promise<Deno.TcpConn> {
  for (;;) {
    const connection = await within(listener.accept(), "the client to dial");
    if (await readByte(connection) === 1) return connection;
    connection.close();
  }
}

test("connectClient() needs the CA's certificate", async () => {
  using folder = temporaryFolder();
  const topology = await prepare(1, await TestAuthority.make(), folder.path);
  await Deno.remove(`${folder.path}/ca.pem`);
  await assertRejects(() => connectClient(topology, "Ann"), ConfigError, "ca.pem': no such file");
});
