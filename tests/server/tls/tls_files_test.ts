// What is said of a server's certificate files before anybody else sees them.

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ConfigError } from "../../../src/base/errors.ts";
import { authorityPath, tlsPaths } from "../../../src/topology/tls_paths.ts";
import {
  type Credentials,
  isForHost,
  readCredentials,
  readPem,
  readWebCredentials,
  type TlsPaths,
} from "../../../src/server/tls/tls_files.ts";
import { daysFromNow, TestAuthority } from "../../support/tls/certificates.ts";
import { testWith } from "../../support/test.ts";
import { temporaryFolder } from "../../support/files/temporary.ts";

const test = testWith("disk");

type Texts = { ca: string; cert: string; key: string };

/** Writes Ann's files, as `change` makes them, and reads them as a server does. */
async function read(
  change: (good: Texts, herd: TestAuthority) => Partial<Texts> | Promise<Texts>,
  reader: (paths: TlsPaths) => Promise<Credentials> = (paths) => readCredentials(paths, "Ann"),
) {
  using folder = temporaryFolder();
  const herd = await TestAuthority.make();
  const good = await herd.credentials("Ann");
  const texts = { ...good, ...await change(good, herd) };
  for (const [kind, path] of Object.entries(tlsPaths(folder.path, "Ann"))) {
    const text = texts[kind as keyof Texts];
    if (text !== "") await Deno.writeTextFile(path, text);
  }
  try {
    return await reader(tlsPaths(folder.path, "Ann"));
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new ConfigError(error.message.replaceAll(folder.path, "certs"));
  }
}

test("readCredentials() gives what a server of the herd has", async () => {
  const { expires, issuers } = await read(() => ({}));
  assertEquals(expires > new Date(), true);
  assertEquals(issuers.length, 1);
});

test("readCredentials() trusts each of several CAs: one may replace another", async () => {
  const other = (await TestAuthority.make()).identity.certificate;
  assertEquals((await read(({ ca }) => ({ ca: other + ca }))).issuers.length, 2);
  assertEquals((await read(({ ca }) => ({ ca: ca + other }))).issuers.length, 2);
});

const bad: [what: string, change: Parameters<typeof read>[0], message: RegExp][] = [
  [
    "no CA",
    () => ({ ca: "" }),
    /^Cannot read 'certs\/ca\.pem': no such file; 'herd certs' makes it$/,
  ],
  ["no key", () => ({ key: "" }), /^Cannot read 'certs\/Ann\.key': no such file/],
  [
    "a certificate that is none",
    () => ({ cert: "x" }),
    /^Cannot use 'certs\/Ann\.pem': there is no/,
  ],
  ["a key that is none", () => ({ key: "x" }), /^Cannot use 'certs\/Ann\.key': /],
  [
    "another server's certificate",
    (_, herd) => herd.credentials("Bob"),
    /^Cannot use 'certs\/Ann\.pem': it is the certificate of 'Bob', not of 'Ann'$/,
  ],
  [
    "a certificate of another CA",
    async (good) => ({ ...await (await TestAuthority.make()).credentials("Ann"), ca: good.ca }),
    /^Cannot use 'certs\/Ann\.pem': it is not signed by the herd's CA$/,
  ],
  [
    "a certificate that has expired",
    (_, herd) => herd.credentials("Ann", { valid: daysFromNow(-2, -1) }),
    /^Cannot use 'certs\/Ann\.pem': it expired on .* GMT$/,
  ],
  [
    "a certificate that is not valid yet",
    (_, herd) => herd.credentials("Ann", { valid: daysFromNow(1, 2) }),
    /^Cannot use 'certs\/Ann\.pem': it is not valid before .* GMT$/,
  ],
  [
    "the key of another certificate",
    async (good, herd) => ({ ...good, key: (await herd.credentials("Ann")).key }),
    /^Cannot use 'certs\/Ann\.key': it is not the key of 'certs\/Ann\.pem'$/,
  ],
];

for (const [what, change, message] of bad) {
  test(`readCredentials() refuses ${what}`, async () => {
    assertMatch((await assertRejects(() => read(change), ConfigError)).message, message);
  });
}

/** Reads Ann's files, as `change` makes them, as an HTTPS port does. */
async function readWeb(change: Parameters<typeof read>[0]) {
  return await read(change, (paths) => readWebCredentials(paths));
}

test("readWebCredentials() takes a certificate of any CA, whose own may be there or not", async () => {
  const other = await TestAuthority.make();
  const { issuers, ca, expires } = await readWeb(() => ({}));
  assertEquals([issuers.length, ca.startsWith("-----BEGIN"), expires > new Date()], [
    1,
    true,
    true,
  ]);
  assertEquals(
    (await readWeb(({ ca }) => ({ ca: ca + other.identity.certificate }))).issuers.length,
    2,
  );
  assertEquals(await readWeb(() => other.credentials("Bob")).then((it) => it.issuers.length), 1);
  const own = await readWeb(() => ({ ca: "" }));
  assertEquals({ ca: own.ca, issuers: own.issuers }, { ca: "", issuers: [] });
});

for (const [what, change, message] of bad) {
  // The name, and who signed it, are for others to judge; no CA is needed.
  if (/another server's|of another CA|no CA/.test(what)) continue;
  test(`readWebCredentials() refuses ${what}`, async () => {
    assertMatch((await assertRejects(() => readWeb(change), ConfigError)).message, message);
  });
}

test("readWebCredentials() refuses a CA that is none", async () => {
  const { message } = await assertRejects(() => readWeb(() => ({ ca: "x" })), ConfigError);
  assertMatch(message, /^Cannot use 'certs\/ca\.pem': there is no/);
});

Deno.test("isForHost() goes by the certificate's names and addresses", async () => {
  const { cert } = await (await TestAuthority.make()).credentials("Ann");
  const hosts = ["127.0.0.1", "127.0.0.2", "::1", "localhost", "Ann"];
  assertEquals(hosts.filter((it) => isForHost(cert, it)), ["127.0.0.1", "Ann"]);
});

test("readPem() says which file it cannot read", async () => {
  using folder = temporaryFolder();
  const error = await assertRejects(() => readPem(authorityPath(folder.path)), ConfigError);
  assertMatch(error.message, /^Cannot read '.*\/ca\.pem': no such file/);
});
