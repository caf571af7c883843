// Reaches NATS servers with Deno's own sockets.

import type { NatsDialer } from "../../backbone/nats/transport.ts";
import { closeQuietly } from "../../base/connection.ts";
import { tune } from "../tcp.ts";

/** Dials, and speaks TLS. */
export const natsDialer: NatsDialer = {
  async connect(hostname, port) {
    const connection = await Deno.connect({ hostname, port });
    tune(connection);
    return connection;
  },

  async startTls(socket, hostname, ca) {
    const options = { hostname, caCerts: ca === undefined ? [] : [ca] };
    const connection = await Deno.startTls(socket as Deno.TcpConn, options);
    try {
      await connection.handshake();
      return connection;
    } catch (error) {
      closeQuietly(connection);
      throw error;
    }
  },
};
