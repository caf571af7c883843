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
 * The fault of a server's certificate, as the rest of a sentence that begins with it, or
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
  if (certificate.ca) return "is that of a CA, not of a server";
  const missing = missingPurpose(certificate.raw);
  if (missing !== undefined) {
    return `is not made for ${missing}: its extended key usage must have serverAuth and clientAuth, ` +
      "since servers dial each other";
  }
  return timeProblemOf(certificate, now);
}

/** The same of its time alone. */
export function timeProblemOf(certificate: X509Certificate, now: Date): string | undefined {
  if (now < new Date(certificate.validFrom)) return `is not valid before ${certificate.validFrom}`;
  if (now > new Date(certificate.validTo)) return `expired on ${certificate.validTo}`;
  return undefined;
}

/** In DER (X.690): the object identifier of the extension, and those of purposes (RFC 5280, 4.2.1.12). */
const EXTENDED_KEY_USAGE = Uint8Array.of(0x06, 0x03, 0x55, 0x1d, 0x25);
const ANY_PURPOSE = Uint8Array.of(0x06, 0x04, 0x55, 0x1d, 0x25, 0x00);
const PURPOSES = {
  serverAuth: Uint8Array.of(0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01),
  clientAuth: Uint8Array.of(0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02),
} as const;

/**
 * A purpose that a certificate (DER) is not made for; a certificate without the extension is made for
 * all. Deno 2.9.6 does not give the extension, so it is looked for in the bytes.
 */
function missingPurpose(der: Uint8Array): keyof typeof PURPOSES | undefined {
  const at = find(der, EXTENDED_KEY_USAGE, 0);
  if (at < 0) return undefined;
  const has = (purpose: Uint8Array) => find(der, purpose, at + EXTENDED_KEY_USAGE.length) >= 0;
  if (has(ANY_PURPOSE)) return undefined;
  return (["serverAuth", "clientAuth"] as const).find((it) => !has(PURPOSES[it]));
}

function find(bytes: Uint8Array, wanted: Uint8Array, from: number): number {
  for (let at = from; at <= bytes.length - wanted.length; at++) {
    if (wanted.every((it, i) => bytes[at + i] === it)) return at;
  }
  return -1;
}
