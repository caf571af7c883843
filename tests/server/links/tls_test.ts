// Who gets through the TLS handshake of a link, and what is said of who does not.

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { connect, TLSSocket } from "node:tls";
import { encode } from "../../../src/base/bytes.ts";
import { closeQuietly } from "../../../src/base/connection.ts";
import { LinkError } from "../../../src/flood/environment.ts";
import { ByteDuplex } from "../../../src/server/tls/byte_duplex.ts";
import { acceptTls, connectTls } from "../../../src/server/links/tls.ts";
import type { Credentials } from "../../../src/server/tls/tls_files.ts";
import { daysFromNow, TestAuthority } from "../../support/tls/certificates.ts";
import { testWith } from "../../support/test.ts";
import { tcpPair } from "../../support/tls/pairs.ts";
import { within } from "../../support/waiting.ts";

const test = testWith("sockets");

/** Lets the two shake hands; gives what each thinks of the other: a name, or why it refuses. */
async function shakeHands(
  leader: Credentials,
  follower: Credentials,
  expected = "Goloman",
): Promise<[ofFollower: string, ofLeader: string]> {
  const [accepted, dialled] = await tcpPair();
  const both = Promise.all([
    acceptTls(accepted, leader).then(({ connection, name }) => {
      connection.close();
      return name;
    }, reason),
    connectTls(dialled, follower, expected).then(async (connection) => {
      // Only now does a follower hear whether it was taken in.
      await connection.read(new Uint8Array(1)).catch(() => {});
      connection.close();
      return expected;
    }, reason),
  ]);
  return await within(both, "both to shake hands or to refuse");
}

function reason(error: unknown): string {
  if (!(error instanceof LinkError)) throw error;
  return error.message;
}

test("acceptTls() and connectTls() tell each other's names", async () => {
  const authority = await TestAuthority.make();
  for (const name of ["Hands", "hands", "a.b-c_1", "7", "x".repeat(64)]) {
    const [leader, follower] = [
      await authority.credentials("Goloman"),
      await authority.credentials(name),
    ];
    assertEquals(await shakeHands(leader, follower), [name, "Goloman"]);
    assertEquals(await shakeHands(follower, leader, name), ["Goloman", name]);
  }
});

/** Credentials that a neighbour refuses, and what it says of them. */
const bad: [
  what: string,
  make: (herd: TestAuthority, stranger: TestAuthority, name: string) => Promise<Credentials>,
  reason: RegExp,
][] = [
  [
    "of another CA",
    (herd, stranger, name) => stranger.credentials(name, { believes: herd }),
    /^its certificate is not signed by the herd's CA$/,
  ],
  [
    "that is signed by itself",
    (herd, stranger) => Promise.resolve(stranger.selfSigned(herd)),
    /^its certificate is not signed by the herd's CA$/,
  ],
  [
    "that has expired",
    (herd, _, name) => herd.credentials(name, { valid: daysFromNow(-2, -1) }),
    /^its certificate expired on \w{3} .* GMT$/,
  ],
  [
    "that is not valid yet",
    (herd, _, name) => herd.credentials(name, { valid: daysFromNow(1, 2) }),
    /^its certificate is not valid before \w{3} .* GMT$/,
  ],
];

for (const [what, make, expected] of bad) {
  test(`acceptTls() and connectTls() refuse a certificate ${what}`, async () => {
    const [herd, stranger] = [await TestAuthority.make(), await TestAuthority.make()];
    const hands = await herd.credentials("Hands");
    const goloman = await herd.credentials("Goloman");
    const [ofFollower] = await shakeHands(goloman, await make(herd, stranger, "Hands"));
    assertMatch(ofFollower, expected);
    const [, ofLeader] = await shakeHands(await make(herd, stranger, "Goloman"), hands);
    assertMatch(ofLeader, expected);
  });
}

test("connectTls() refuses any server but the one it was to reach", async () => {
  const authority = await TestAuthority.make();
  const hands = await authority.credentials("Hands");
  for (const name of ["Welsh", "goloman", "Goloman.", "127.0.0.1"]) {
    const [ofFollower, ofLeader] = await shakeHands(await authority.credentials(name), hands);
    assertEquals(ofLeader, `its certificate is of '${name}', not of 'Goloman'`);
    assertMatch(ofFollower, /^(it hung up|the TLS handshake failed)/);
  }
});

/** A fatal alert (RFC 8446, section 6). */
const ALERT = (code: number) => new Uint8Array([21, 3, 3, 0, 2, 2, code]);

/** Clients that have no certificate, too old a TLS, or none, and what is said of them. */
const unfit: [
  what: string,
  act: (dialled: Deno.TcpConn, own: Credentials) => unknown,
  reason: RegExp,
][] = [
  [
    "no certificate",
    (dialled, { ca }) => connect({ ca, socket: new ByteDuplex(dialled), checkServerIdentity }),
    /^it has no certificate$/,
  ],
  [
    "TLS 1.2",
    (dialled, own) =>
      connect({
        ...own,
        socket: new ByteDuplex(dialled),
        checkServerIdentity,
        maxVersion: "TLSv1.2",
      }),
    /^it speaks no TLS 1\.3$/,
  ],
  [
    "another CA",
    (dialled) => dialled.write(ALERT(48)),
    /^it does not trust the CA of our certificate: is its ca\.pem ours\?$/,
  ],
  [
    "a late clock",
    (dialled) => dialled.write(ALERT(45)),
    /^our certificate has expired, by its clock$/,
  ],
  ["a grudge", (dialled) => dialled.write(ALERT(42)), /^it refuses our certificate$/],
  [
    "an odd alert",
    (dialled) => dialled.write(ALERT(80)),
    /^the TLS handshake failed: .*InternalError$/,
  ],
  ["no TLS", (dialled) => dialled.write(encode("IAMAT kiwi +1+1 1\n")), /^it does not speak TLS$/],
  [
    "half a handshake",
    async (dialled) => {
      await dialled.write(new Uint8Array([0x16, 3, 1, 2, 0, 1]));
      await dialled.closeWrite();
    },
    /^it hung up during the TLS handshake$/,
  ],
  ["nothing to say", (dialled) => dialled.close(), /^it hung up during the TLS handshake$/],
];

for (const [what, act, expected] of unfit) {
  test(`acceptTls() refuses a client with ${what}`, async () => {
    const authority = await TestAuthority.make();
    const [accepted, dialled] = await tcpPair();
    const goloman = await authority.credentials("Goloman");
    const refused = assertRejects(() => acceptTls(accepted, goloman), LinkError);
    const client = await act(dialled, await authority.credentials("Hands"));
    if (client instanceof TLSSocket) client.on("error", () => {});
    assertMatch((await refused).message, expected);
    closeQuietly(dialled);
  });
}

test("acceptTls() and connectTls() end with the connection that they run over", async () => {
  const authority = await TestAuthority.make();
  const goloman = await authority.credentials("Goloman");
  const [accepted, dialled] = await tcpPair();
  const refused = [
    assertRejects(() => acceptTls(accepted, goloman), LinkError),
    // Nobody answers: the other end waits for a handshake as well, and this one just began it.
    assertRejects(() => connectTls(dialled, goloman, "Hands"), LinkError),
  ];
  accepted.close();
  dialled.close();
  await within(Promise.all(refused), "both to refuse");
});

function checkServerIdentity(): undefined {
  return undefined;
}
