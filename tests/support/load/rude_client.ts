// Clients of one server that do not behave: they break off, stay silent, or do not read.

import { Buffer } from "node:buffer";
import { connect } from "node:net";
import { fromLatin1 } from "../reference/reference.ts";
import { within } from "../waiting.ts";

/** Connects to a server on this machine; gives up at the signal. */
export function connectTo(port: number, signal?: AbortSignal): Promise<Deno.TcpConn> {
  return Deno.connect({ hostname: "127.0.0.1", port, ...signal && { signal } });
}

/**
 * Connects, sends Latin-1 text, and resets the connection (RST, not FIN) as soon as the kernel has
 * it, or `when` it is told to. `node:net` can do that, `Deno.Conn` cannot.
 */
export function sendAndReset(
  port: number,
  text: string,
  when: Promise<void> = Promise.resolve(),
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const socket = connect(port, "127.0.0.1");
  socket.on("error", reject);
  socket.on("close", () => resolve());
  socket.on("connect", () => {
    const reset = () => void when.then(() => socket.resetAndDestroy());
    if (text === "") reset();
    else socket.write(Buffer.from(fromLatin1(text)), reset);
  });
  return within(promise, "a connection to be reset");
}

/** True if the other side closes, or resets, a connection on which nothing was asked. */
export async function isClosed(connection: Deno.Conn): Promise<boolean> {
  const end = connection.read(new Uint8Array(1)).then((count) => count === null, () => true);
  return await within(end, "the server to close or to answer");
}

/**
 * Writes the same bytes again and again and never reads, until the server takes no more of them or
 * closes. Resolves then; `sent` counts the bytes so far, for whoever wants to see it come to a halt.
 */
export function writeWithoutReading(
  connection: Deno.Conn,
  bytes: Uint8Array,
): { readonly sent: number; readonly ended: Promise<void> } {
  let sent = 0;
  const write = async () => {
    try {
      for (let at = 0;; at %= bytes.length) {
        const count = await connection.write(bytes.subarray(at));
        sent += count;
        at += count;
      }
    } catch {
      // The server closed, or the test.
    }
  };
  const ended = write();
  return {
    get sent() {
      return sent;
    },
    ended,
  };
}
