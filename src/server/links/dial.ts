// Connects to a neighbour, in plain text or over TLS.

import { closeQuietly, type Connection } from "../../base/connection.ts";
import { onAbort } from "../../base/waiting.ts";
import { type Address, tune } from "../tcp.ts";
import { connectTls } from "./tls.ts";
import type { Credentials } from "../tls/tls_files.ts";

/** Connects. Rejects when it cannot, or when `signal` is aborted. */
export async function dial(address: Address, signal: AbortSignal): Promise<Deno.TcpConn> {
  const connection = await Deno.connect({ ...address, signal });
  tune(connection);
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
  const forget = onAbort(signal, hangUp);
  try {
    signal.throwIfAborted();
    return await connectTls(connection, credentials, name);
  } catch (error) {
    hangUp();
    throw error;
  } finally {
    forget();
  }
}
