// The TLS of a server's process, as its topology asks for.

import type { NodeTls } from "../../server/links/link_port.ts";
import { readCredentials } from "../../server/tls/tls_files.ts";
import { tlsPaths } from "../../topology/tls_paths.ts";
import type { Topology } from "../../topology/topology.ts";

/**
 * Reads the server's certificate and key; gives undefined for a herd without TLS.
 *
 * @param host Where to listen; the topology's when left out.
 * @throws {ConfigError} If they cannot be read, or its neighbours would refuse them.
 */
export async function openTls(
  topology: Topology,
  name: string,
  { host }: { readonly host: string | undefined },
): Promise<NodeTls | undefined> {
  const { tls } = topology;
  if (tls === undefined) return undefined;
  const reread = () => readCredentials(tlsPaths(tls.certs, name), name);
  const credentials = await reread();
  const { hostname, port } = topology.linkAddress(name);
  const linkAddress = { hostname: host ?? hostname, port };
  return { credentials, reread, linkAddress, clients: tls.clients };
}
