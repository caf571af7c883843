// A private certificate authority: makes its own certificate, and one for each server. All keys are
// ECDSA on P-256, which every TLS library knows. Knows no files; the ASN.1 is @peculiar/x509's.

import "reflect-metadata";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  type Extension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";
import { isIp } from "../../base/address.ts";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } as const;

/** A certificate and its private key, as PEM texts. */
export interface Identity {
  /** An X.509 certificate. */
  readonly certificate: string;
  /** Its private key, as PKCS #8. */
  readonly key: string;
}

/** From when until when a certificate is good. */
export interface Validity {
  /** The first moment, cut to the second. */
  readonly notBefore: Date;
  /** The last moment, cut to the second. */
  readonly notAfter: Date;
}

/** Whom a certificate is for. */
export interface Subject {
  /** The server's name: the common name, by which neighbours know each other. */
  readonly name: string;
  /** Its host name or IP address: the alternative name, by which clients know it. */
  readonly host: string;
}

/** Makes an authority. It can certify servers, and no further authorities. */
export async function makeAuthority(name: string, validity: Validity): Promise<Identity> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: [{ CN: [name] }],
    ...validity,
    signingAlgorithm: ALGORITHM,
    keys,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  return { certificate: pem(certificate), key: await exportKey(keys.privateKey) };
}

/** Makes a server's certificate, with which it may both take connections and open them. */
export async function issueCertificate(
  authority: Identity,
  { name, host }: Subject,
  validity: Validity,
): Promise<Identity> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const issuer = new X509Certificate(authority.certificate);
  const extensions: Extension[] = [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
    new SubjectAlternativeNameExtension([{ type: isIp(host) ? "ip" : "dns", value: host }]),
    await SubjectKeyIdentifierExtension.create(keys.publicKey),
    await AuthorityKeyIdentifierExtension.create(issuer),
  ];
  const certificate = await X509CertificateGenerator.create({
    subject: [{ CN: [name] }],
    issuer: issuer.subject,
    ...validity,
    signingAlgorithm: ALGORITHM,
    publicKey: keys.publicKey,
    signingKey: await importKey(authority.key),
    extensions,
  });
  return { certificate: pem(certificate), key: await exportKey(keys.privateKey) };
}

function pem(certificate: X509Certificate): string {
  return `${certificate.toString("pem")}\n`;
}

async function exportKey(key: CryptoKey): Promise<string> {
  return `${PemConverter.encode(await crypto.subtle.exportKey("pkcs8", key), "PRIVATE KEY")}\n`;
}

function importKey(key: string): Promise<CryptoKey> {
  return crypto.subtle.importKey("pkcs8", PemConverter.decodeFirst(key), ALGORITHM, false, [
    "sign",
  ]);
}
