// The port of links: who is taken in, who is not, and what strangers may cost.

import { assert, assertEquals } from "@std/assert";
import { encode } from "../../../src/base/bytes.ts";
import type { Connection } from "../../../src/base/connection.ts";
import { LinkPort } from "../../../src/server/links/link_port.ts";
import { SystemClock } from "../../../src/server/system.ts";
import { connectTls } from "../../../src/server/links/tls.ts";
import { TestAuthority } from "../../support/tls/certificates.ts";
import { until, within } from "../../support/waiting.ts";
import { recordingLog } from "../../support/fakes/log.ts";
import { testWith } from "../../support/test.ts";
import { closing } from "../../support/tls/pairs.ts";
import { readByte } from "../../support/herds/client.ts";

const test = testWith("sockets");

/** Goloman's port, and all that came through it. */
class TestPort implements AsyncDisposable {
  readonly authority: TestAuthority;
  readonly log = recordingLog();
  readonly accepted: { connection: Connection; name: string }[] = [];
  readonly #port: LinkPort;

  private constructor(
    authority: TestAuthority,
    credentials: Awaited<ReturnType<TestAuthority["credentials"]>>,
    timings: { handshakeMs: number; maxHandshakes: number },
  ) {
    this.authority = authority;
    this.#port = new LinkPort({ hostname: "127.0.0.1", port: 0 }, {
      accept: async (connection, _peer, name) => {
        this.accepted.push({ connection, name });
        await connection.read(new Uint8Array(1)).catch(() => {});
        connection.close();
      },
      credentials,
      clock: new SystemClock(),
      log: this.log,
      timings,
    });
  }

  static async open(timings = {}): Promise<TestPort> {
    const authority = await TestAuthority.make();
    const credentials = await authority.credentials("Goloman");
    return new TestPort(authority, credentials, {
      handshakeMs: 5_000,
      maxHandshakes: 64,
      ...timings,
    });
  }

  /** Connects, and does nothing more. */
  dial(): Promise<Deno.TcpConn> {
    return Deno.connect({ ...this.#port.address, transport: "tcp" });
  }

  /** Connects as a server of the herd. */
  async follow(name: string) {
    const credentials = await this.authority.credentials(name);
    return closing(await connectTls(await this.dial(), credentials, "Goloman"));
  }

  /** Why connections were refused, as the log has it: other tests may dial a port that was theirs. */
  refusals(...connections: readonly Deno.TcpConn[]): unknown[] {
    const peers = connections.map((it) => `127.0.0.1:${it.localAddr.port}`);
    return this.log.entries.filter((it) => peers.includes(String(it.fields.peer)))
      .map((it) => it.event === "link.refused" ? it.fields.reason : it.event);
  }

  close(): Promise<void> {
    return this.#port.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** Resolves when the other side closes. */
async function ended(connection: Deno.TcpConn): Promise<void> {
  const buffer = new Uint8Array(1_000);
  try {
    while (await within(connection.read(buffer), "the port to close a connection") !== null);
  } catch {
    // Reset: ended too.
  }
}

test("LinkPort hands on who it is that came", async () => {
  await using port = await TestPort.open();
  using hands = await port.follow("Hands");
  using welsh = await port.follow("Welsh");
  await hands.write(encode("x"));
  await welsh.write(encode("x"));
  await Promise.all([hands, welsh].map(readByte));
  assertEquals(port.accepted.map((it) => it.name), ["Hands", "Welsh"]);
});

test("LinkPort ends who does not shake hands in time, with one line that says so", async () => {
  await using port = await TestPort.open({ handshakeMs: 100 });
  using silent = await port.dial();
  using slow = await port.dial();
  await slow.write(new Uint8Array([0x16, 3, 1, 2, 0, 1]));
  await Promise.all([silent, slow].map(ended));
  for (const stranger of [silent, slow]) {
    await until(() => port.refusals(stranger).length > 0);
    assertEquals(port.refusals(stranger), ["the TLS handshake took too long"]);
  }
  assertEquals(port.accepted, []);
});

test("LinkPort refuses who speaks no TLS, with one line that says so", async () => {
  await using port = await TestPort.open();
  using plain = await port.dial();
  await plain.write(encode("FOLLOW/1 test Hands Goloman x y\n"));
  await ended(plain);
  await until(() => port.refusals(plain).length > 0);
  assertEquals(port.refusals(plain), ["it does not speak TLS"]);
});

test("LinkPort has room for a neighbour among any number that shake no hands", async () => {
  await using port = await TestPort.open({ maxHandshakes: 4 });
  using stack = new DisposableStack();
  const strangers: Deno.TcpConn[] = [];
  for (let count = 0; count < 12; count++) strangers.push(stack.use(await port.dial()));
  using hands = await port.follow("Hands");
  await hands.write(encode("x"));
  await readByte(hands);
  assertEquals(port.accepted.map((it) => it.name), ["Hands"]);
  const reasons = port.refusals(...strangers);
  assert(reasons.length >= 8);
  assertEquals(new Set(reasons), new Set(["too many handshakes under way"]));
});

test("LinkPort.close() ends handshakes", async () => {
  const port = await TestPort.open();
  using silent = await port.dial();
  using greeted = await port.follow("Hands");
  await greeted.write(encode("x"));
  await readByte(greeted);
  await within(Promise.all([port.close(), ended(silent)]), "the port to close");
  assertEquals(port.refusals(silent), ["this server is stopping"]);
});
