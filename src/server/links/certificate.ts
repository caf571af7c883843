// What a certificate must be for a server of the herd to have it or to accept it.

import { X509Certificate } from "node:crypto";

/**
 * The certificates in a PEM text, in their order.
 *
 * @throws {Error} If there is none in it, or one that is out of form.
 */
export function certificatesIn(pem: string): X509Certificate[] {
  const texts = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  if (texts === null) throw new Error("there is no certificate in it");
  return texts.map((it) => new X509Certificate(it));
}

/** The name of the server whose certificate it is: the only common name of its subject. */
export function ownerOf(certificate: X509Certificate): string | undefined {
  const name: unknown = certificate.toLegacyObject().subject?.CN;
  return typeof name === "string" ? name : undefined;
}

/**
 * What is wrong with a server's certificate, as the rest of a sentence that begins with it, or
 * undefined when one of `issuers` signed it and it is valid at that time.
 */
export function problemOf(
  certificate: X509Certificate,
  issuers: readonly X509Certificate[],
  now: Date,
): string | undefined {
  const isSignedBy = (issuer: X509Certificate) =>
    certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
  if (!issuers.some(isSignedBy)) return "is not signed by the herd's CA";
  if (now < new Date(certificate.validFrom)) return `is not valid before ${certificate.validFrom}`;
  if (now > new Date(certificate.validTo)) return `expired on ${certificate.validTo}`;
  return undefined;
}
