// The two ends of a link's TLS handshake, over any byte connection, by node:tls.
//
// `Deno.listenTls` cannot ask for a certificate. `Deno.connectTls` trusts every public CA beside the
// one that it is given, and shows the other side's certificate to nobody. node:tls does both right.

import { connect, createServer, type TLSSocket } from "node:tls";
import { X509Certificate } from "node:crypto";
import { LinkError } from "../../flood/environment.ts";
import { ByteDuplex, type Transport } from "../tls/byte_duplex.ts";
import { ownerOf, problemOf } from "../tls/certificate.ts";
import { TlsConnection } from "../tls/tls_connection.ts";
import type { Credentials } from "../tls/tls_files.ts";

/** A connection whose other side has proved its name. */
export interface Certified {
  /** Its bytes, without TLS. */
  readonly connection: TlsConnection;
  /** The name of the server that the other side's certificate is for. */
  readonly name: string;
  /** Time at which that certificate expires. */
  readonly expires: Date;
}

/**
 * Takes in whoever shows a certificate of the herd's CA. Rejects with a `LinkError` that says what
 * was wrong with it; the connection is closed then. A deadline is the caller's: closing the
 * connection ends the handshake.
 */
export function acceptTls(transport: Transport, own: Credentials): Promise<Certified> {
  const stream = new ByteDuplex(transport);
  // A server for one connection: so it is plain whose handshake an event speaks of.
  const server = createServer({ ...optionsOf(own), requestCert: true });
  return new Promise((resolve, reject) => {
    const refuse = refuser(stream, reject);
    server.once("tlsClientError", refuse);
    server.once("secureConnection", (socket) => {
      try {
        const { name, expires } = provenName(socket, own);
        stream.off("end", refuse);
        resolve({ connection: new TlsConnection(socket, stream), name, expires });
      } catch (error) {
        refuse(error);
      }
    });
    server.emit("connection", stream);
  });
}

/**
 * Shows our certificate to a server, and accepts no certificate but one of the herd's CA for the
 * server of that name. Rejects with a `LinkError`; the connection is closed then. What the server
 * thinks of our certificate, only the first read tells.
 */
export function connectTls(
  transport: Transport,
  own: Credentials,
  name: string,
): Promise<TlsConnection> {
  const stream = new ByteDuplex(transport);
  return new Promise((resolve, reject) => {
    const refuse = refuser(stream, reject);
    const socket = connect({
      ...optionsOf(own),
      socket: stream,
      checkServerIdentity: () => undefined,
    });
    socket.on("error", refuse);
    socket.once("close", () => refuse());
    socket.once("secureConnect", () => {
      try {
        const { name: proven } = provenName(socket, own);
        if (proven !== name) {
          throw new LinkError(`its certificate is of '${proven}', not of '${name}'`);
        }
        const connection = new TlsConnection(socket, stream);
        stream.off("end", refuse);
        socket.off("error", refuse);
        resolve(connection);
      } catch (error) {
        refuse(error);
      }
    });
  });
}

/**
 * Both ends of a link are this program, so nothing older than TLS 1.3 is needed. That the other side
 * has its certificate's key is checked in the handshake; who it is we look at in `provenName`, while
 * there still is a certificate to say what is wrong with: a refused handshake shows none.
 */
function optionsOf({ ca, cert, key }: Credentials) {
  return { ca, cert, key, minVersion: "TLSv1.3", rejectUnauthorized: false } as const;
}

/**
 * The name that the other side's certificate proves, and when it expires. The certificate must satisfy both the TLS library
 * and ourselves.
 *
 * @throws {LinkError} If it does not.
 */
function provenName(
  socket: TLSSocket,
  { issuers }: Credentials,
): Pick<Certified, "name" | "expires"> {
  const { raw } = socket.getPeerCertificate() ?? {};
  if (raw === undefined) throw new LinkError("it has no certificate");
  const certificate = new X509Certificate(raw);
  const problem = problemOf(certificate, issuers, new Date());
  if (problem !== undefined) throw new LinkError(`its certificate ${problem}`);
  if (!socket.authorized) {
    throw new LinkError(`its certificate is not good for links: ${socket.authorizationError}`);
  }
  const name = ownerOf(certificate);
  if (name === undefined) throw new LinkError("its certificate names no server, or several");
  return { name, expires: new Date(certificate.validTo) };
}

/** Hangs up and rejects, once: when called, and when the other side ends the connection. */
function refuser(stream: ByteDuplex, reject: (error: LinkError) => void) {
  const refuse = (error?: unknown) => {
    stream.destroy();
    reject(error instanceof LinkError ? error : new LinkError(troubleOf(error)));
  };
  stream.once("end", refuse);
  return refuse;
}

function troubleOf(error: unknown): string {
  const { code, message = "" } = (error ?? { code: "ECONNRESET" }) as {
    code?: string;
    message?: string;
  };
  if (code === "ECONNRESET") return "it hung up during the TLS handshake";
  if (code === "ERR_SSL_WRONG_VERSION_NUMBER") return "it does not speak TLS";
  const told = TROUBLES.find(([pattern]) => pattern.test(message));
  return told?.[1] ?? `the TLS handshake failed: ${message}`;
}

/** Messages of the TLS library, in people's words. */
const TROUBLES: readonly (readonly [RegExp, string])[] = [
  [/peer is incompatible: .*Tls1/, "it speaks no TLS 1.3"],
  [/fatal alert: UnknownCA/, "it does not trust the CA of our certificate: is its ca.pem ours?"],
  [/fatal alert: CertificateExpired/, "our certificate has expired, by its clock"],
  [/fatal alert: \w*Certificate/, "it refuses our certificate"],
];
