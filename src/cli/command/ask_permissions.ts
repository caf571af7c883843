// What commands touch that talk to servers: their addresses, and the token and certificates for it.

import { formatAddress } from "../../base/address.ts";
import { authorityPath } from "../../topology/tls_paths.ts";
import { TOKEN_VARIABLE } from "../../http/token.ts";
import type { Permissions } from "../../topology/permissions.ts";
import type { ServerEntry, Topology } from "../../topology/topology.ts";

/** The permissions for asking these servers over HTTP. */
export function httpPermissions(
  topologyFile: string,
  { topology, servers }: { readonly topology: Topology; readonly servers: readonly ServerEntry[] },
): Permissions {
  const { tls } = topology;
  return {
    net: servers.flatMap(({ host, http }) => http === undefined ? [] : [formatAddress(host, http)]),
    read: [topologyFile, ...tls?.http === undefined ? [] : [authorityPath(tls.http)]],
    write: [],
    env: [TOKEN_VARIABLE],
  };
}

/** The permissions for talking to these servers as a client of the line protocol. */
export function linePermissions(
  topologyFile: string,
  { topology, servers }: { readonly topology: Topology; readonly servers: readonly ServerEntry[] },
): Permissions {
  const { tls } = topology;
  return {
    net: servers.map(({ host, port }) => formatAddress(host, port)),
    read: [topologyFile, ...tls?.clients ? [authorityPath(tls.certs)] : []],
    write: [],
    env: [],
  };
}
