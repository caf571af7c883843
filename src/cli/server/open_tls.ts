// The TLS of a server's process, as its topology asks for.

import type { Log } from "../../base/log.ts";
import type { NodeTls } from "../../server/links/link_port.ts";
import { readCredentials } from "../../server/links/tls_files.ts";
import { tlsPaths } from "../../topology/tls_paths.ts";
import type { Topology } from "../../topology/topology.ts";
import { daysUntil, EXPIRES_SOON_DAYS } from "../certs/certificate_warnings.ts";

/**
 * Reads the server's certificate and key; gives undefined for a herd without TLS.
 *
 * @param host Where to listen; the topology's when left out.
 * @throws {ConfigError} If they cannot be read, or its neighbours would refuse them.
 */
export async function openTls(
  topology: Topology,
  name: string,
  { host, log }: { readonly host: string | undefined; readonly log: Log },
): Promise<NodeTls | undefined> {
  const { tls } = topology;
  if (tls === undefined) return undefined;
  const credentials = await readCredentials(tlsPaths(tls.certs, name), name);
  const days = daysUntil(credentials.expires);
  if (days < EXPIRES_SOON_DAYS) log.warn("tls.expires", { days, certs: tls.certs });
  const { hostname, port } = topology.linkAddress(name);
  return { credentials, linkAddress: { hostname: host ?? hostname, port }, clients: tls.clients };
}
