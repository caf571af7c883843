// What `herd certs` makes, and what it leaves alone.

import { assert, assertEquals, assertMatch, assertRejects } from "@std/assert";
import { X509Certificate } from "node:crypto";
import certs from "../../../src/cli/commands/certs.ts";
import { ConfigError } from "../../../src/base/errors.ts";
import { readCredentials } from "../../../src/server/tls/tls_files.ts";
import { tlsPaths } from "../../../src/topology/tls_paths.ts";
import { TestContext } from "../../support/fakes/context.ts";
import { testWith } from "../../support/test.ts";
import { temporaryFolder } from "../../support/files/temporary.ts";

const test = testWith("disk");
const DAY_MS = 86_400_000;

/** A folder with a topology, in which certificates are made. */
class Workshop implements Disposable {
  readonly #folder = temporaryFolder();
  readonly certs = `${this.#folder.path}/certs`;

  /** Runs `herd certs` for these servers; gives what it printed. */
  async make(hosts: Record<string, string>, ...args: string[]): Promise<string> {
    const servers = Object.fromEntries(
      Object.entries(hosts).map(([name, host], i) => [name, { host, port: i + 1, link: i + 101 }]),
    );
    const file = `${this.#folder.path}/topology.json`;
    const topology = { herd: "test", tls: { certs: this.certs }, servers, links: [] };
    await Deno.writeTextFile(file, JSON.stringify(topology));
    const context = new TestContext();
    assertEquals(await certs.invoke(["--topology", file, ...args], context), 0);
    return context.stdout.text.replaceAll(this.certs, "certs");
  }

  async certificate(name: string): Promise<X509Certificate> {
    return new X509Certificate(await Deno.readTextFile(`${this.certs}/${name}.pem`));
  }

  [Symbol.dispose](): void {
    this.#folder[Symbol.dispose]();
  }
}

test("certs makes a CA, and for each server what its neighbours and clients accept", async () => {
  using workshop = new Workshop();
  const hosts = { Ann: "127.0.0.1", "b.o-b_1": "herd.example", Eve: "2001:db8::1" };
  assertEquals(
    await workshop.make(hosts, "--days", "90"),
    "Made certs/ca.pem and certs/ca.key, the herd's CA\n" +
      "Made certs/Ann.pem and certs/Ann.key, for Ann at 127.0.0.1\n" +
      "Made certs/b.o-b_1.pem and certs/b.o-b_1.key, for b.o-b_1 at herd.example\n" +
      "Made certs/Eve.pem and certs/Eve.key, for Eve at 2001:db8::1\n",
  );
  const ca = await workshop.certificate("ca");
  assert(ca.ca && ca.subject === "CN=herd test CA");
  for (const [name, host] of Object.entries(hosts)) {
    const certificate = await workshop.certificate(name);
    assertEquals(certificate.ca, false);
    assertEquals(certificate.subject, `CN=${name}`);
    assert(certificate.checkIssued(ca) && certificate.verify(ca.publicKey));
    assert(certificate.checkHost(host) ?? certificate.checkIP(host), certificate.subjectAltName);
    const { expires } = await readCredentials(tlsPaths(workshop.certs, name), name);
    assert(Math.abs(expires.getTime() - Date.now() - 90 * DAY_MS) < DAY_MS);
  }
});

testWith("disk", "unix")("certs keeps keys from others on the machine", async () => {
  using workshop = new Workshop();
  await workshop.make({ Ann: "127.0.0.1" });
  const mode = async (path: string) => (await Deno.stat(path)).mode! & 0o777;
  assertEquals(await mode(workshop.certs), 0o700);
  for (const name of ["ca", "Ann"]) {
    assertEquals(await mode(`${workshop.certs}/${name}.key`), 0o600);
    assertMatch(await Deno.readTextFile(`${workshop.certs}/${name}.key`), /^-----BEGIN PRIVATE/);
  }
});

test("certs adds a server later and overwrites nothing", async () => {
  using workshop = new Workshop();
  await workshop.make({ Ann: "127.0.0.1" });
  const before = await Promise.all([workshop.certificate("ca"), workshop.certificate("Ann")]);
  assertEquals(
    await workshop.make({ Ann: "127.0.0.1", Bob: "127.0.0.2" }),
    "Kept certs/Ann.pem\nMade certs/Bob.pem and certs/Bob.key, for Bob at 127.0.0.2\n",
  );
  const after = await Promise.all([workshop.certificate("ca"), workshop.certificate("Ann")]);
  assertEquals(after.map(String), before.map(String));
  await readCredentials(tlsPaths(workshop.certs, "Bob"), "Bob");

  // A server whose files were taken away gets new ones.
  for (const end of ["pem", "key"]) await Deno.remove(`${workshop.certs}/Ann.${end}`);
  assertMatch(await workshop.make({ Ann: "127.0.0.1" }), /^Made certs\/Ann\.pem/);
  const renewed = await workshop.certificate("Ann");
  assert(renewed.serialNumber !== before[1]!.serialNumber);
  assert(renewed.verify(after[0]!.publicKey));
});

test("certs goes no further with half of a pair", async () => {
  for (const missing of ["ca.key", "ca.pem", "Ann.key", "Ann.pem"]) {
    using workshop = new Workshop();
    await workshop.make({ Ann: "127.0.0.1" });
    await Deno.remove(`${workshop.certs}/${missing}`);
    const error = await assertRejects(() => workshop.make({ Ann: "127.0.0.1" }), ConfigError);
    assertMatch(error.message, /^Cannot go on with only one of '.*\.pem' and '.*\.key': /);
  }
});
