// Paths of a certificate and its key in a folder, by the name of their owner.

/** The CA's certificate in a folder of certificates. */
export function authorityPath(certs: string): string {
  return `${certs}/ca.pem`;
}

/** The files of a server in a folder of certificates: the CA's certificate, its own, and its key. */
export function tlsPaths(certs: string, name: string): { ca: string; cert: string; key: string } {
  return { ca: authorityPath(certs), cert: `${certs}/${name}.pem`, key: `${certs}/${name}.key` };
}
