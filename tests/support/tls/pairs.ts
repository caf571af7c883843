// Both ends of a TCP connection on this machine, and of TLS over one.

import { acceptTls, connectTls } from "../../../src/server/links/tls.ts";
import type { TlsConnection } from "../../../src/server/tls/tls_connection.ts";
import { TestAuthority } from "./certificates.ts";
import { within } from "../waiting.ts";

/** Two ends of a new connection. */
export async function tcpPair(): Promise<[accepted: Deno.TcpConn, dialled: Deno.TcpConn]> {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  const both = Promise.all([
    listener.accept(),
    Deno.connect({ hostname: "127.0.0.1", port: listener.addr.port }),
  ]);
  const [accepted, dialled] = await within(both, "a TCP connection");
  for (const it of [accepted, dialled]) it.setNoDelay(true);
  return [accepted, dialled];
}

/** Goloman's end and Hands' end of a link over TLS. */
export async function tlsPair(): Promise<[leader: TlsConnection, follower: TlsConnection]> {
  const authority = await TestAuthority.make();
  const [accepted, dialled] = await tcpPair();
  const both = Promise.all([
    acceptTls(accepted, await authority.credentials("Goloman")),
    connectTls(dialled, await authority.credentials("Hands"), "Goloman"),
  ]);
  const [leader, follower] = await within(both, "a handshake of TLS");
  return [leader.connection, follower];
}

/** A connection on which `using` calls `close`. */
export function closing<T extends { close(): void }>(connection: T): T & Disposable {
  return Object.assign(connection, { [Symbol.dispose]: () => connection.close() });
}
