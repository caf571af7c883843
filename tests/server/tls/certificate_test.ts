import { assertEquals } from "@std/assert";
import "reflect-metadata";
import * as x509 from "@peculiar/x509";
import { certificatesIn, problemOf } from "../../../src/server/tls/certificate.ts";
import { daysFromNow } from "../../support/tls/certificates.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const { serverAuth, clientAuth, emailProtection } = x509.ExtendedKeyUsage;
const ANY = "2.5.29.37.0";

/** What is said of a certificate with these extensions, by a CA that signed it. */
async function problem(extensions: x509.Extension[]): Promise<string | undefined> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const validity = daysFromNow(-1, 1);
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: "CN=CA",
    ...validity,
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [new x509.BasicConstraintsExtension(true, 0, true)],
  });
  const own = await x509.X509CertificateGenerator.create({
    subject: "CN=Ann",
    issuer: ca.subject,
    ...validity,
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: keys.privateKey,
    extensions,
  });
  const [read] = certificatesIn(own.toString("pem"));
  return problemOf(read!, certificatesIn(ca.toString("pem")), new Date());
}

Deno.test("problemOf() refuses a certificate that is not made for both ends of a link, or is a CA's", async () => {
  const purposes = (...usages: string[]) => [new x509.ExtendedKeyUsageExtension(usages, true)];
  assertEquals(await problem([]), undefined);
  assertEquals(await problem(purposes(serverAuth, clientAuth)), undefined);
  assertEquals(await problem(purposes(ANY)), undefined);
  const missing = (what: string) =>
    `is not made for ${what}: its extended key usage must have serverAuth and clientAuth, since ` +
    "servers dial each other";
  assertEquals(await problem(purposes(serverAuth)), missing("clientAuth"));
  assertEquals(await problem(purposes(clientAuth)), missing("serverAuth"));
  assertEquals(await problem(purposes(emailProtection)), missing("serverAuth"));
  assertEquals(
    await problem([new x509.BasicConstraintsExtension(true, undefined, true)]),
    "is that of a CA, not of a server",
  );
});
