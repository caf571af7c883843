// A connection to one NATS server, over the client that NATS publishes on npm.

import type { NatsConnection, TlsOptions } from "@nats-io/nats-core";
import { formatAddress } from "../../base/address.ts";
import { authenticatorOf } from "./credentials.ts";
import type { NatsDialer } from "./transport.ts";

/** Address of a NATS server. */
export interface NatsServer {
  /** A host name or an IP address; IPv6 without brackets. */
  readonly host: string;
  /** 1 to 65535. */
  readonly port: number;
}

/** Options for a connection to any server of a NATS system. */
export interface NatsAccess {
  /** The name of the connection, for whoever looks at them in NATS. */
  readonly name: string;
  readonly dialer: NatsDialer;
  /** Returns a promise to wait for when others must have their turn; optional. */
  pause?(): Promise<void> | undefined;
  /** Our credentials, see credentials.ts; undefined when none are needed. */
  readonly credentials: string | undefined;
  /** Present if we insist on TLS, with certificates (PEM) to trust besides the well-known ones. */
  readonly tls: { readonly ca: string | undefined } | undefined;
}

/** A connection must be there within this time. */
const CONNECT_MS = 5_000;

/** A silent connection is asked for a sign of life so often, and given up when two are missing. */
const PING_MS = 2_000;
const MAX_PINGS_OUT = 2;

/** Connects to a server. The connection is made once: when it ends, it has ended. */
export async function connectTo(
  { host, port }: NatsServer,
  { name, dialer, pause, credentials, tls }: NatsAccess,
): Promise<NatsConnection> {
  // Loaded when they are first needed: a server without a backbone does not pay for them.
  const client = await import("@nats-io/nats-core/internal");
  const { NatsTransport } = await import("./transport.ts");
  client.setTransportFactory({ factory: () => new NatsTransport(dialer, pause) });
  return await client.NatsConnectionImpl.connect({
    servers: [formatAddress(host, port)],
    name,
    authenticator: authenticatorOf(credentials, client),
    ...tls && { tls: trust(tls.ca) },
    timeout: CONNECT_MS,
    pingInterval: PING_MS,
    maxPingOut: MAX_PINGS_OUT,
    // Connecting again is the backbone's; and only what the topology names may be dialled.
    reconnect: false,
    ignoreClusterUpdates: true,
    resolve: false,
  });
}

/** The certificates that a server's is checked against: the system's, and one more if it is given. */
function trust(ca: string | undefined): TlsOptions {
  return ca ? { ca } : {};
}
