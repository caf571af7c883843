// Connects to a server as a client does: in plain text, or over TLS where the topology says so.

import { onAbort } from "../../base/waiting.ts";
import { tune } from "../../server/tcp.ts";
import { readPem } from "../../server/tls/tls_files.ts";
import { authorityPath } from "../../topology/tls_paths.ts";
import type { Topology } from "../../topology/topology.ts";

/**
 * Connects to the server of that name. Over TLS its certificate must be one of the herd's CA, or of a
 * public one, for the host that the topology gives. Rejects when it cannot, or when `signal` is
 * aborted.
 *
 * @throws {ConfigError} If there is no such server, or the CA's certificate cannot be read.
 */
export async function connectClient(
  topology: Topology,
  name: string,
  signal?: AbortSignal,
): Promise<Deno.TcpConn | Deno.TlsConn> {
  const { host, port } = topology.server(name);
  const { tls } = topology;
  const ca = tls?.clients ? await readPem(authorityPath(tls.certs)) : undefined;
  const options = { hostname: host, port };
  const connection = await Deno.connect(signal === undefined ? options : { ...options, signal });
  tune(connection);
  return ca === undefined ? connection : await startTls(connection, { ca, host, signal });
}

async function startTls(
  connection: Deno.TcpConn,
  { ca, host, signal }: {
    readonly ca: string;
    readonly host: string;
    readonly signal: AbortSignal | undefined;
  },
): Promise<Deno.TlsConn> {
  const secured = await Deno.startTls(connection, { hostname: host, caCerts: [ca] });
  const hangUp = () => secured.close();
  const forget = signal && onAbort(signal, hangUp);
  try {
    await secured.handshake();
    return secured;
  } catch (error) {
    if (!signal?.aborted) hangUp();
    throw error;
  } finally {
    forget?.();
  }
}
