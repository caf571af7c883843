import { assertEquals, assertRejects } from "@std/assert";
import { ConfigError } from "../../../src/base/errors.ts";
import { encode } from "../../../src/base/bytes.ts";
import { readSecrets, readTokenKeys, SECRET_VARIABLE } from "../../../src/cli/server/secrets.ts";
import { SystemClock } from "../../../src/server/system.ts";
import { Secrets } from "../../../src/flood/mac.ts";
import { parseTopology } from "../../../src/topology/topology.ts";
import { temporaryFolder } from "../../support/files/temporary.ts";
import { testWith } from "../../support/test.ts";

const test = testWith("disk");

const OLD = "o".repeat(32);
const NEW = "n".repeat(40);

/** A herd of two servers, of which Bob is at `host`. */
function herdAt(host: string, tls?: Record<string, string>) {
  const link = tls && { link: 3 };
  const servers = {
    Ann: { host: "127.0.0.1", port: 1, ...link },
    Bob: { host, port: 2, ...link },
  };
  return parseTopology(JSON.stringify({ herd: "test", tls, servers, links: [["Ann", "Bob"]] }));
}

/** What a server reads of a variable. */
function fromEnvironment(value: string | undefined, host = "127.0.0.1"): Promise<Secrets> {
  const env = (name: string) => name === SECRET_VARIABLE ? value : undefined;
  return readSecrets(herdAt(host), undefined, { env });
}

/** The numbers under which what was signed with each secret alone is accepted. */
function accepted(secrets: Secrets, ...texts: string[]): number[] {
  return texts.map((text) => {
    const mac = new Secrets([encode(text)]).sign("leader", "a handshake");
    return secrets.verify("leader", "a handshake", mac);
  });
}

Deno.test("readSecrets() takes several, whatever white space is between them, and the first signs", async () => {
  for (const space of [" ", "\n", "\r\n", "\t", "  \n\n "]) {
    const secrets = await fromEnvironment(`${NEW}${space}${OLD}\n`);
    assertEquals(accepted(secrets, NEW, OLD, `${NEW} ${OLD}`), [0, 1, -1], JSON.stringify(space));
    const signed = secrets.sign("leader", "a handshake");
    assertEquals(signed, new Secrets([encode(NEW)]).sign("leader", "a handshake"));
  }
});

Deno.test("readSecrets() refuses a secret that is too short, also as the second one", async () => {
  for (const text of ["x".repeat(31), `${OLD} ${"x".repeat(31)}`]) {
    await assertRejects(() => fromEnvironment(text), ConfigError, "it is 31 bytes, at least 32");
  }
  assertEquals((await fromEnvironment("x".repeat(32))).isNone, false);
});

Deno.test("readSecrets() wants one where others could join, unless they prove themselves by TLS", async () => {
  for (const text of [undefined, "", " \n"]) {
    assertEquals((await fromEnvironment(text)).isNone, true);
    await assertRejects(
      () => fromEnvironment(text, "192.0.2.1"),
      ConfigError,
      "Cannot start without a secret: not all servers of 'test' are on loopback",
    );
  }
  const tls = herdAt("192.0.2.1", { certs: "certs" });
  assertEquals((await readSecrets(tls, undefined, { env: () => undefined })).isNone, true);
});

test("readSecrets() takes a file in place of the variable, and refuses one that is empty", async () => {
  using folder = temporaryFolder();
  const file = `${folder.path}/secret`;
  const read = () => readSecrets(herdAt("127.0.0.1"), file, { env: () => OLD });
  await assertRejects(read, ConfigError, `'${file}'`);
  Deno.writeTextFileSync(file, `${NEW}\n`);
  assertEquals(accepted(await read(), NEW, OLD), [0, -1]);
  Deno.writeTextFileSync(file, "\n");
  await assertRejects(read, ConfigError, "as the herd's secret: it is empty");
});

test("secrets and keys that are not UTF-8 are refused, and two of them are never alike", async () => {
  using folder = temporaryFolder();
  const context = { env: () => undefined, clock: new SystemClock() };
  const file = `${folder.path}/secret`;
  for (const byte of [0xfe, 0xff]) {
    Deno.writeFileSync(file, new Uint8Array(32).fill(byte));
    await assertRejects(
      () => readSecrets(herdAt("127.0.0.1"), file, context),
      ConfigError,
      "line 1 is not UTF-8",
    );
    await assertRejects(
      () => readTokenKeys({ file, shared: [] }, context),
      ConfigError,
      "not UTF-8",
    );
  }
});

test("readTokenKeys() takes keys from a file or the variable, the first one to sign", async () => {
  using folder = temporaryFolder();
  const context = { env: () => OLD, clock: new SystemClock() };
  const file = `${folder.path}/keys`;
  Deno.writeTextFileSync(file, `${NEW}\n${OLD}\n`);
  const [both, old] = [
    await readTokenKeys({ file, shared: [] }, context),
    await readTokenKeys({ file: undefined, shared: [] }, context),
  ];
  const token = await old.sign({ subject: "k", scopes: ["tell"], seconds: 60 });
  assertEquals(await both.signerOf(token), 1);
  assertEquals((await both.verify(token))?.subject, "k");
  Deno.writeTextFileSync(file, "short");
  await assertRejects(() => readTokenKeys({ file, shared: [] }, context), ConfigError, "5 bytes");
  Deno.writeTextFileSync(file, " \n");
  await assertRejects(() => readTokenKeys({ file, shared: [] }, context), ConfigError, "is empty");
});
