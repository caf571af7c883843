// Where a certificate and its key lie in a folder, by the name of their owner.

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

/** The CA's certificate in a folder of certificates. */
export function authorityPath(certs: string): string {
  return `${certs}/ca.pem`;
}

/** The files of a server in a folder of certificates. */
export function tlsPaths(certs: string, name: string): TlsPaths {
  return { ca: authorityPath(certs), cert: `${certs}/${name}.pem`, key: `${certs}/${name}.key` };
}
