// Herds whose links use TLS, in one process over real sockets: they flood as others do, and nobody
// without the right certificate is let in.

import { assertEquals, assertMatch } from "@std/assert";
import { encode } from "../../../src/base/bytes.ts";
import { LineReader } from "../../../src/protocol/lines.ts";
import { waitForLine } from "../../../src/protocol/lines.ts";
import { type Connection, writeAll } from "../../../src/base/connection.ts";
import { formatFollow, lineText } from "../../../src/flood/messages.ts";
import { Secrets } from "../../../src/flood/mac.ts";
import type { HerdNode, NodeOptions } from "../../../src/server/node.ts";
import { connectTls } from "../../../src/server/links/tls.ts";
import { TestAuthority } from "../../support/tls/certificates.ts";
import { exchange, readAll, send } from "../../support/herds/client.ts";
import { until, within } from "../../support/waiting.ts";
import { freePort } from "../../support/processes/ports.ts";
import { CHAIN } from "../../support/herds/shape.ts";
import { TestHerd } from "../../support/herds/herd.ts";
import { recordingLog } from "../../support/fakes/log.ts";
import { testWith } from "../../support/test.ts";
import { closing } from "../../support/tls/pairs.ts";

const test = testWith("sockets");
const TOKEN = "0123456789abcdef0123456789abcdef";

/** Servers A, B and C in a row, with certificates of one CA. */
class TlsHerd implements AsyncDisposable {
  readonly authority: TestAuthority;
  readonly logs = { A: recordingLog(), B: recordingLog(), C: recordingLog() };
  readonly #linkPorts = { A: freePort(), B: freePort(), C: freePort() };
  readonly #herd = new TestHerd({ links: CHAIN });
  readonly #peers = new Map<Connection, string>();

  private constructor(authority: TestAuthority) {
    this.authority = authority;
  }

  static async start(more: Partial<NodeOptions> & { clients?: boolean } = {}): Promise<TlsHerd> {
    const herd = new TlsHerd(await TestAuthority.make());
    for (const name of NAMES) await herd.start(name, more);
    return herd;
  }

  async start(
    name: Name,
    { clients = false, ...more }: Partial<NodeOptions> & { clients?: boolean } = {},
  ): Promise<HerdNode> {
    const credentials = await this.authority.credentials(name);
    const neighbours = this.#herd.topology.neighbours(name) as Name[];
    return await this.#herd.start(name, {
      neighbours: new Map(neighbours.map((it) => [it, this.#linkAddress(it)])),
      log: this.logs[name],
      tls: { credentials, linkAddress: this.#linkAddress(name), clients },
      ...more,
    });
  }

  node(name: Name): HerdNode {
    return this.#herd.node(name);
  }

  /** Connects to the port of links with a certificate of `name`, of the herd's CA or another. */
  async dial(to: Name, name: string, authority = this.authority): Promise<Connection & Disposable> {
    const credentials = await authority.credentials(name, { believes: this.authority });
    const raw = await Deno.connect(this.#linkAddress(to));
    const { port } = raw.localAddr;
    const connection = closing(await connectTls(raw, credentials, to));
    this.#peers.set(connection, `127.0.0.1:${port}`);
    return connection;
  }

  /** Why a server refused that connection, a reason for each line of its log. */
  refusals(by: Name, connection: Connection): unknown[] {
    const peer = this.#peers.get(connection);
    return this.logs[by].entries.filter((it) => it.fields.peer === peer)
      .map((it) => it.fields.reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#herd[Symbol.asyncDispose]();
  }

  #linkAddress(name: Name) {
    return { hostname: "127.0.0.1", port: this.#linkPorts[name] };
  }
}

type Name = "A" | "B" | "C";
const NAMES = ["A", "B", "C"] as const;

/** The first line that comes back, or undefined when the connection ends first. */
async function answer(connection: Connection): Promise<string | undefined> {
  const lines = new LineReader(connection);
  const hasLine = await within(waitForLine(lines).catch(() => false), "an answer to a follower");
  return hasLine ? lineText(lines.bytes, lines.start, lines.end) : undefined;
}

function followLine(follower: string, leader: string): string {
  return formatFollow({
    version: 2,
    herd: "test",
    follower,
    leader,
    incarnation: TOKEN,
    nonce: TOKEN,
  });
}

for (const [how, secrets] of [["no secret", []], ["a secret", ["s".repeat(32)]]] as const) {
  test(`a herd with TLS and ${how} floods, and takes a server back`, async () => {
    const more = { secrets: new Secrets(secrets.map(encode)) };
    await using herd = await TlsHerd.start(more);
    const at = await exchange(herd.node("A").address.port, "IAMAT kiwi +1+1 1520023934.9\n");
    assertMatch(at, /^AT A /);
    await until(() => herd.node("C").store.size === 1);
    await herd.node("B").stop();
    await exchange(herd.node("A").address.port, "IAMAT plum +1+1 1520023934.9\n");
    const again = await herd.start("B", more);
    await until(() => again.store.size === 2 && herd.node("C").store.size === 2);
  });
}

test("with TLS a link cannot come to the clients' port: there FOLLOW is a client's line", async () => {
  await using herd = await TlsHerd.start();
  const line = followLine("B", "A");
  assertEquals(await exchange(herd.node("A").address.port, `${line}\n`), `? ${line}\n`);
});

test("with TLS for clients the clients' port takes them with no certificate, and no plain text", async () => {
  await using herd = await TlsHerd.start({ clients: true });
  const { port } = herd.node("A").address;
  const caCerts = [herd.authority.identity.certificate];
  using client = await Deno.connectTls({ hostname: "127.0.0.1", port, caCerts });
  await send(client, `IAMAT kiwi +1+1 1520023934.9\n${followLine("B", "A")}\nhalf`);
  await client.closeWrite();
  const [at, ...rest] = (await readAll(client)).split("\n");
  assertMatch(at!, /^AT A \+\d+\.\d{9} kiwi \+1\+1 1520023934\.9$/);
  assertEquals(rest, [`? ${followLine("B", "A")}`, "? half", ""]);
  await until(() => herd.node("C").store.size === 1);

  using plain = await Deno.connect({ hostname: "127.0.0.1", port });
  await send(plain, "IAMAT plum +1+1 1520023934.9\n");
  assertEquals((await readAll(plain).catch(() => "")).includes("AT"), false);
  assertEquals(herd.node("A").store.size, 1);
});

const strangers: [
  what: string,
  dial: (herd: TlsHerd) => Promise<Connection & Disposable>,
  line: string,
  reason: RegExp,
][] = [
  [
    "a certificate of another CA",
    async (herd) => await herd.dial("A", "B", await TestAuthority.make()),
    followLine("B", "A"),
    /^its certificate is not signed by the herd's CA$/,
  ],
  [
    "a certificate of another server than it says to be",
    (herd) => herd.dial("A", "C"),
    followLine("B", "A"),
    /^FOLLOW comes from 'B', but its certificate is of 'C'$/,
  ],
  [
    "a certificate of a server that is no neighbour",
    (herd) => herd.dial("A", "C"),
    followLine("C", "A"),
    /^'C' is not a neighbour$/,
  ],
  [
    "a client's line on the port of links",
    (herd) => herd.dial("A", "B"),
    "IAMAT plum +1+1 1",
    /^it does not ask for a link$/,
  ],
];

for (const [what, dial, line, reason] of strangers) {
  test(`with TLS a server refuses who comes with ${what}, and says why in one line`, async () => {
    await using herd = await TlsHerd.start();
    using stranger = await dial(herd);
    await writeAll(stranger, encode(`${line}\n`)).catch(() => {});
    assertEquals(await answer(stranger), undefined);
    const refusals = await until(() => {
      const found = herd.refusals("A", stranger);
      return found.length > 0 && found;
    });
    assertEquals(refusals.length, 1);
    assertMatch(String(refusals[0]), reason);
    assertEquals(herd.node("A").store.size, 0);
  });
}

test("with TLS a follower refuses a server that answers in its neighbour's place", async () => {
  await using herd = await TlsHerd.start();
  await herd.node("B").stop();
  // C's very own certificate, at B's address.
  await using _impostor = await herd.start("B", {
    name: "C",
    tls: {
      credentials: await herd.authority.credentials("C"),
      linkAddress: { hostname: "127.0.0.1", port: herd.node("B").linkAddress.port },
      clients: false,
    },
  });
  await herd.logs.A.next(
    "link.unreachable",
    ({ reason }) => reason === "its certificate is of 'C', not of 'B'",
  );
});

test("with TLS a neighbour that says nothing after its handshake is sent away", async () => {
  await using herd = await TlsHerd.start({ timings: { handshakeMs: 300 } });
  using silent = await herd.dial("A", "B");
  assertEquals(await answer(silent), undefined);
  await herd.logs.A.next("link.refused", ({ reason }) => reason === "it sent no FOLLOW in time");
});
