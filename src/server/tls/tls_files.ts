// A server's certificate and key, and what may be wrong with them. Made by `herd certs`, or by whoever
// runs a CA of their own: PEM files.

import { createPrivateKey, type X509Certificate } from "node:crypto";
import { isIp } from "../../base/address.ts";
import { certificatesIn, ownerOf, problemOf, timeProblemOf } from "./certificate.ts";
import { ConfigError, readConfig, reasonOf } from "../../base/errors.ts";

/** The paths of one server's files. */
export interface TlsPaths {
  /**
   * The certificate that signed the servers' own, or several: while one replaces another, both are
   * trusted.
   */
  readonly ca: string;
  /** The server's certificate. */
  readonly cert: string;
  /** The certificate's private key. */
  readonly key: string;
}

/** The certificate that a server shows, and those that it believes. */
export interface Credentials {
  /** The CA's certificate or certificates, as PEM. */
  readonly ca: string;
  /** The server's certificate, as PEM. */
  readonly cert: string;
  /** Its private key, as PEM. */
  readonly key: string;
  /** The certificates in `ca`. */
  readonly issuers: readonly X509Certificate[];
  /** Time at which the server's certificate expires. */
  readonly expires: Date;
}

/**
 * Reads a server's certificate and key, and checks all of them that a neighbour would refuse.
 *
 * @throws {ConfigError} If a file cannot be read, or the certificate is not the server's, not signed
 * by the CA, not valid now, or not that of the key.
 */
export async function readCredentials(
  paths: TlsPaths,
  name: string,
  now: Date = new Date(),
): Promise<Credentials> {
  const ca = await readPem(paths.ca);
  const cert = await readPem(paths.cert);
  const key = await readPem(paths.key);
  const issuers = parse(paths.ca, () => certificatesIn(ca));
  const [own] = parse(paths.cert, () => certificatesIn(cert));
  const privateKey = parse(paths.key, () => createPrivateKey(key));
  const cannotUse = (path: string, why: string) => new ConfigError(`Cannot use '${path}': ${why}`);
  const owner = ownerOf(own!);
  if (owner !== name) {
    throw cannotUse(paths.cert, `it is the certificate of '${owner ?? ""}', not of '${name}'`);
  }
  const problem = problemOf(own!, issuers, now);
  if (problem !== undefined) throw cannotUse(paths.cert, `it ${problem}`);
  if (!own!.checkPrivateKey(privateKey)) {
    throw cannotUse(paths.key, `it is not the key of '${paths.cert}'`);
  }
  return { ca, cert, key, issuers, expires: new Date(own!.validTo) };
}

/**
 * Reads the certificate of an HTTPS port, which any CA may have signed. Its `ca` is empty where a public
 * one did: where there is no file of one's own.
 *
 * @throws {ConfigError} If a file cannot be read, the certificate is not valid now, or not that of the
 * key.
 */
export async function readWebCredentials(
  paths: TlsPaths,
  now: Date = new Date(),
): Promise<Credentials> {
  const ca = await readTrust(paths.ca) ?? "";
  const cert = await readPem(paths.cert);
  const key = await readPem(paths.key);
  const issuers = ca === "" ? [] : parse(paths.ca, () => certificatesIn(ca));
  const [own] = parse(paths.cert, () => certificatesIn(cert));
  const privateKey = parse(paths.key, () => createPrivateKey(key));
  const cannotUse = (path: string, why: string) => new ConfigError(`Cannot use '${path}': ${why}`);
  const problem = timeProblemOf(own!, now);
  if (problem !== undefined) throw cannotUse(paths.cert, `it ${problem}`);
  if (!own!.checkPrivateKey(privateKey)) {
    throw cannotUse(paths.key, `it is not the key of '${paths.cert}'`);
  }
  return { ca, cert, key, issuers, expires: new Date(own!.validTo) };
}

/** True if a certificate, as PEM, is good for the host by which others know its server. */
export function isForHost(cert: string, host: string): boolean {
  const [own] = certificatesIn(cert);
  return (isIp(host) ? own!.checkIP(host) : own!.checkHost(host)) !== undefined;
}

/**
 * The CA's certificates, for those who ask servers; undefined where a public CA signed theirs.
 *
 * @throws {ConfigError} If they are there and cannot be read.
 */
export async function readTrust(authorityPath: string): Promise<string | undefined> {
  try {
    return await readPem(authorityPath);
  } catch (error) {
    if (error instanceof ConfigError && error.cause instanceof Deno.errors.NotFound) {
      return undefined;
    }
    throw error;
  }
}

/**
 * Reads one file: the CA's certificate is all that a client needs.
 *
 * @throws {ConfigError} If it cannot be read.
 */
export function readPem(path: string): Promise<string> {
  return readConfig(path, { read: Deno.readFile, remedy: "'herd certs' makes it" });
}

function parse<T>(path: string, parser: () => T): T {
  try {
    return parser();
  } catch (error) {
    throw new ConfigError(`Cannot use '${path}': ${reasonOf(error)}`, { cause: error });
  }
}
