// Which certificates are warned of: those of links and of HTTPS, of servers whose files are here.

import { assertEquals, assertStringIncludes } from "@std/assert";
import { certificateWarnings, daysUntil } from "../../../src/cli/certs/certificate_warnings.ts";
import { EXPIRES_SOON_DAYS } from "../../../src/server/tls/own_credentials.ts";
import { parseTopology, type Topology } from "../../../src/topology/topology.ts";
import { tlsPaths } from "../../../src/topology/tls_paths.ts";
import { temporaryFolder } from "../../support/files/temporary.ts";
import { testWith } from "../../support/test.ts";
import { daysFromNow, TestAuthority } from "../../support/tls/certificates.ts";

const test = testWith("disk");
const authority = await TestAuthority.make();

/** A folder with a certificate for each server: valid for so many days from now on. */
async function issue(folder: string, days: Record<string, number>): Promise<void> {
  for (const [name, until] of Object.entries(days)) {
    const paths = tlsPaths(folder, name);
    const credentials = await authority.credentials(name, { valid: daysFromNow(-100, until) });
    for (const kind of ["ca", "cert", "key"] as const) {
      await Deno.writeTextFile(paths[kind], credentials[kind]);
    }
  }
}

function herd(tls: unknown, withHttp: readonly string[] = []): Topology {
  const names = ["Ann", "Bob", "Eve"];
  const servers = Object.fromEntries(names.map((name, index) => [name, {
    host: "127.0.0.1",
    port: 1 + index,
    ...tls === undefined ? {} : { link: 11 + index },
    ...withHttp.includes(name) ? { http: 21 + index } : {},
  }]));
  return parseTopology(JSON.stringify({ herd: "test", tls, servers, links: [["Ann", "Bob"]] }));
}

Deno.test("daysUntil() counts whole days, and those past as negative ones", () => {
  const dayMs = 86_400_000;
  const in_ = (days: number) => daysUntil(new Date(Date.now() + days * dayMs));
  assertEquals([in_(1.5), in_(0.5), in_(-0.5), in_(30.1)], [1, 0, -1, 30]);
});

test("certificateWarnings() warns from the month before on, and says nothing of other machines' files", async () => {
  using folder = temporaryFolder();
  const certs = folder.path;
  assertEquals(await certificateWarnings(herd(undefined)), []);
  assertEquals(await certificateWarnings(herd({ certs })), []);
  await issue(certs, { Ann: EXPIRES_SOON_DAYS + 0.5, Bob: EXPIRES_SOON_DAYS - 0.5 });
  assertEquals(await certificateWarnings(herd({ certs })), [
    `the certificate of Bob expires in ${EXPIRES_SOON_DAYS - 1} days`,
  ]);
  await issue(certs, { Ann: -1, Bob: 0.5 });
  for (const it of ["pem", "key"]) await Deno.writeTextFile(`${certs}/Eve.${it}`, "no PEM");
  const warnings = await certificateWarnings(herd({ certs }));
  assertEquals(warnings.length, 3);
  assertStringIncludes(warnings[0]!, `Cannot use '${certs}/Ann.pem': it expired on `);
  assertEquals(warnings[1], "the certificate of Bob expires in 0 days");
  assertStringIncludes(warnings[2]!, `${certs}/Eve.pem`);
});

test("certificateWarnings() looks at HTTPS certificates of servers with an HTTP port, once", async () => {
  using folder = temporaryFolder();
  const [certs, http] = [`${folder.path}/links`, `${folder.path}/web`];
  for (const it of [certs, http]) await Deno.mkdir(it);
  await issue(certs, { Ann: 100, Bob: 5.5 });
  await issue(http, { Ann: 3.5, Bob: 4.5 });
  const link = "the certificate of Bob expires in 5 days";
  assertEquals(await certificateWarnings(herd({ certs, http }, ["Ann"])), [
    link,
    "the HTTPS certificate of Ann expires in 3 days",
  ]);
  // The same folder has the same files, which are warned of already.
  assertEquals(await certificateWarnings(herd({ certs, http: certs }, ["Ann", "Bob"])), [link]);
  assertEquals(await certificateWarnings(herd({ certs }, ["Ann", "Bob"])), [link]);
});
