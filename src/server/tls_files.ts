// Where a server's certificate and key are, and what may be wrong with them. Made by `herd certs`, or
// by whoever runs a CA of their own: PEM files in the folder that the topology names.

import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { ConfigError } from "./config_error.ts";

/** The paths of one server's files. */
export interface TlsPaths {
  /** The certificate of the herd's CA, or several: while one replaces another, both are trusted. */
  readonly ca: string;
  /** The server's certificate; behind it any that lead from it to the CA. */
  readonly cert: string;
  /** The certificate's private key. */
  readonly key: string;
}

/** What a server shows to others and believes of them: PEM texts, checked. */
export interface Credentials {
  /** The CA's certificate or certificates. */
  readonly ca: string;
  /** The server's certificate. */
  readonly cert: string;
  /** Its private key. */
  readonly key: string;
  /** When the certificate expires. */
  readonly expires: Date;
}

/** The files of a server in a folder of certificates. */
export function tlsPaths(certs: string, name: string): TlsPaths {
  return { ca: `${certs}/ca.pem`, cert: `${certs}/${name}.pem`, key: `${certs}/${name}.key` };
}

/**
 * Reads a server's certificate and key, and checks all of them that a neighbour would refuse.
 *
 * @throws {ConfigError} If a file cannot be read, or the certificate is not the server's, not signed
 * by the CA, not valid now, or not that of the key.
 */
export async function readCredentials(
  certs: string,
  name: string,
  now: Date = new Date(),
): Promise<Credentials> {
  const paths = tlsPaths(certs, name);
  const [ca, cert, key] = await Promise.all([paths.ca, paths.cert, paths.key].map(read));
  const issuers = parse(paths.ca, () => certificatesOf(ca!));
  const [own, ...chain] = parse(paths.cert, () => certificatesOf(cert!));
  const privateKey = parse(paths.key, () => createPrivateKey(key!));
  const problem = problemOf(own!, { name, issuers: [...chain, ...issuers], privateKey, now });
  if (problem !== undefined) throw new ConfigError(`Cannot use '${paths.cert}': ${problem}`);
  return { ca: ca!, cert: cert!, key: key!, expires: new Date(own!.validTo) };
}

/** The name that a certificate proves: its subject's common name. */
export function commonNameOf(certificate: X509Certificate): string | undefined {
  const { CN } = certificate.toLegacyObject().subject ?? {};
  return typeof CN === "string" ? CN : undefined;
}

function problemOf(own: X509Certificate, { name, issuers, privateKey, now }: {
  readonly name: string;
  readonly issuers: readonly X509Certificate[];
  readonly privateKey: KeyObject;
  readonly now: Date;
}): string | undefined {
  const owner = commonNameOf(own);
  if (owner !== name) return `it is the certificate of '${owner ?? ""}', not of '${name}'`;
  if (!issuers.some((it) => own.checkIssued(it) && own.verify(it.publicKey))) {
    return "it is not signed by the CA of 'ca.pem' beside it";
  }
  if (now < new Date(own.validFrom)) return `it is not valid before ${own.validFrom}`;
  if (now > new Date(own.validTo)) return `it expired on ${own.validTo}`;
  if (!own.checkPrivateKey(privateKey)) return "the key beside it is another one's";
  return undefined;
}

function certificatesOf(pem: string): X509Certificate[] {
  const texts = pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g);
  if (texts === null) throw new Error("there is no certificate in it");
  return texts.map((it) => new X509Certificate(it));
}

function parse<T>(path: string, parser: () => T): T {
  try {
    return parser();
  } catch (error) {
    throw new ConfigError(`Cannot use '${path}': ${(error as Error).message}`, { cause: error });
  }
}

async function read(path: string): Promise<string> {
  try {
    return await Deno.readTextFile(path);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound
      ? "no such file; 'herd certs' makes it"
      : error instanceof Deno.errors.NotCapable
      ? "this process was not granted it; 'herd flags' prints the flags that a server needs"
      : (error as Error).message;
    throw new ConfigError(`Cannot read '${path}': ${reason}`, { cause: error });
  }
}
