// What is said of a server's certificate files before anybody else sees them.

import { assertEquals, assertMatch, assertRejects } from "@std/assert";
import { ConfigError } from "../../../src/base/errors.ts";
import { authorityPath, tlsPaths } from "../../../src/topology/tls_paths.ts";
import { readCredentials, readPem } from "../../../src/server/tls/tls_files.ts";
import { daysFromNow, TestAuthority } from "../../support/tls/certificates.ts";
import { testWith } from "../../support/test.ts";
import { temporaryFolder } from "../../support/files/temporary.ts";

const test = testWith("disk");

type Texts = { ca: string; cert: string; key: string };

/** Writes Ann's files, as `change` makes them, and reads them as a server does. */
async function read(change: (good: Texts, herd: TestAuthority) => Partial<Texts> | Promise<Texts>) {
  using folder = temporaryFolder();
  const herd = await TestAuthority.make();
  const good = await herd.credentials("Ann");
  const texts = { ...good, ...await change(good, herd) };
  for (const [kind, path] of Object.entries(tlsPaths(folder.path, "Ann"))) {
    const text = texts[kind as keyof Texts];
    if (text !== "") await Deno.writeTextFile(path, text);
  }
  try {
    return await readCredentials(tlsPaths(folder.path, "Ann"), "Ann");
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

test("readPem() says which file it cannot read", async () => {
  using folder = temporaryFolder();
  const error = await assertRejects(() => readPem(authorityPath(folder.path)), ConfigError);
  assertMatch(error.message, /^Cannot read '.*\/ca\.pem': no such file/);
});
