// The server's end of TLS on the connections of clients, by node:tls over a connection of our own.
//
// `Deno.listenTls` takes half of the time and memory, but closes nothing for sure (2.9.6): a connection
// stays open, with its descriptor, until its client ends it, if the handshake is not through yet, or if
// something waits to be sent. Clients that are silent, or do not read, would use up all descriptors.

import { createSecureContext, type SecureContext, TLSSocket } from "node:tls";
import { awaitedLater } from "../../base/background.ts";
import { closeQuietly } from "../../base/connection.ts";
import type { Certificate } from "../tcp.ts";
import { ByteDuplex, type Transport } from "./byte_duplex.ts";
import { TlsConnection } from "./tls_connection.ts";

/** Most bytes that are read of a connection at one time: fewer than of a link, for there are many. */
const CHUNK_BYTES = 4 * 1024;

/** True if a connection failed because the other end speaks no TLS, or ends it with an alert. */
export function isTlsError(error: unknown): boolean {
  return error instanceof Error && "code" in error && String(error.code).startsWith("ERR_SSL_");
}

/** Context that all connections of a port share. */
export class TlsServer {
  readonly #certificate: Certificate;
  readonly #alpnProtocols: readonly string[];
  /** Made of this certificate. */
  #cert: string;
  #secureContext: SecureContext;

  /**
   * Shows the certificate as it is at the time of a handshake. Throws if it or its key is none.
   *
   * @param alpnProtocols What may be spoken (RFC 7301).
   */
  constructor(certificate: Certificate, alpnProtocols: readonly string[]) {
    this.#certificate = certificate;
    this.#alpnProtocols = alpnProtocols;
    this.#cert = certificate.cert;
    this.#secureContext = createSecureContext({ cert: this.#cert, key: certificate.key });
  }

  /** A connection over TLS; the handshake begins, and reads and writes wait for it. */
  secure(transport: Transport): Transport {
    return new SecuredConnection(transport, this.#shakeHands(transport));
  }

  /** Made anew when the certificate was renewed. */
  get #context(): SecureContext {
    const { cert, key } = this.#certificate;
    if (cert !== this.#cert) {
      this.#secureContext = createSecureContext({ cert, key });
      this.#cert = cert;
    }
    return this.#secureContext;
  }

  #shakeHands(transport: Transport): Promise<TlsConnection> {
    const stream = new ByteDuplex(transport, CHUNK_BYTES);
    const socket = new TLSSocket(stream, {
      isServer: true,
      secureContext: this.#context,
      ALPNProtocols: [...this.#alpnProtocols],
    });
    return new Promise((resolve, reject) => {
      const refuse = (error?: unknown) => {
        stream.destroy();
        reject(error ?? new Deno.errors.ConnectionReset("It hung up during the TLS handshake"));
      };
      socket.on("error", refuse);
      stream.once("end", refuse);
      stream.once("close", refuse);
      socket.once("secure", () => {
        socket.off("error", refuse);
        stream.off("end", refuse);
        stream.off("close", refuse);
        resolve(new TlsConnection(socket, stream));
      });
    });
  }
}

/** A connection from its handshake on. Deadlines are its user's: closing it ends the handshake. */
class SecuredConnection implements Transport {
  readonly #transport: Transport;
  readonly #shaking: Promise<TlsConnection>;
  #secured: TlsConnection | undefined;
  #isClosed = false;

  constructor(transport: Transport, shaking: Promise<TlsConnection>) {
    this.#transport = transport;
    this.#shaking = awaitedLater(shaking.then((it) => this.#secured = it));
  }

  read(buffer: Uint8Array): Promise<number | null> {
    return this.#secured?.read(buffer) ?? this.#shaking.then((it) => it.read(buffer));
  }

  write(bytes: Uint8Array): Promise<number> {
    return this.#secured?.write(bytes) ?? this.#shaking.then((it) => it.write(bytes));
  }

  closeWrite(): Promise<void> {
    return this.#secured?.closeWrite() ?? this.#shaking.then((it) => it.closeWrite());
  }

  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#secured === undefined) closeQuietly(this.#transport);
    else this.#secured.hangUp();
  }
}
