// Connects to a neighbour, in plain text or over TLS.

import { closeQuietly, type Connection } from "../../base/connection.ts";
import { connectTls } from "./tls.ts";
import type { Credentials } from "./tls_files.ts";

/** An address to listen on or to dial. */
export interface Address {
  /** A host name or an IP address; IPv6 without brackets. */
  readonly hostname: string;
  /** A TCP port; 0 to listen on a free one. */
  readonly port: number;
}

/** Connects. Rejects when it cannot, or when `signal` is aborted. */
export async function dial(address: Address, signal: AbortSignal): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ ...address, signal });
  setNoDelay(connection);
  return connection;
}

/**
 * Connects to the server `name` and to no other. Rejects when it cannot, when that is not the
 * name that the other side proves, or when `signal` is aborted.
 */
export async function dialTls(
  address: Address,
  signal: AbortSignal,
  { name, credentials }: { readonly name: string; readonly credentials: Credentials },
): Promise<Connection> {
  const connection = await dial(address, signal);
  const hangUp = () => closeQuietly(connection);
  signal.addEventListener("abort", hangUp, { once: true });
  try {
    signal.throwIfAborted();
    return await connectTls(connection, credentials, name);
  } catch (error) {
    hangUp();
    throw error;
  } finally {
    signal.removeEventListener("abort", hangUp);
  }
}

/** Sends small writes at once. */
export function setNoDelay(connection: Deno.TcpConn): void {
  try {
    connection.setNoDelay(true);
  } catch {
    // Reset already: the first read or write says so.
  }
}
