// A TLS socket of node:tls as the byte connection that links know.

import type { TLSSocket } from "node:tls";
import type { Connection } from "../../base/connection.ts";
import { until, WakeUp } from "../../base/waiting.ts";
import type { ByteDuplex } from "./byte_duplex.ts";

/** A connection after its TLS handshake. */
export class TlsConnection implements Connection {
  readonly #socket: TLSSocket;
  readonly #transport: ByteDuplex;
  #failure: unknown;
  #isOver = false;
  readonly #news = new WakeUp();

  /** `socket` runs over `transport` and is through with its handshake. */
  constructor(socket: TLSSocket, transport: ByteDuplex) {
    this.#socket = socket;
    this.#transport = transport;
    transport.rest();
    socket.on("readable", () => this.#news.wake());
    socket.on("end", () => this.#news.wake());
    socket.on("error", (error) => {
      this.#failure ??= error;
      this.close();
    });
    socket.on("close", () => {
      this.#isOver = true;
      this.#news.wake();
    });
  }

  /** Reads up to `buffer.length` bytes; `null` when the other side ended its direction. */
  async read(buffer: Uint8Array): Promise<number | null> {
    const socket = this.#socket;
    for (;;) {
      // Asking for more than there is gives nothing; asking an ended stream makes it say so.
      const size = Math.min(buffer.length, socket.readableLength);
      const chunk: Uint8Array | null = socket.read(size || undefined);
      if (chunk !== null) {
        this.#transport.rest();
        buffer.set(chunk);
        return chunk.length;
      }
      if (socket.readableEnded) return null;
      if (this.#isOver) throw this.#failure ?? new Error("The connection is closed");
      this.#transport.want();
      await until(this.#news.woken);
    }
  }

  /** Writes all of the bytes; resolves when the connection below has taken them. */
  async write(bytes: Uint8Array): Promise<number> {
    await new Promise<void>((resolve, reject) => {
      this.#socket.write(bytes, (error) => error ? reject(error) : resolve());
    });
    // The socket says that it is through when the bytes are encrypted.
    await this.#transport.whenWritten();
    return bytes.length;
  }

  /** Ends the direction from here to the other side. */
  closeWrite(): Promise<void> {
    return new Promise((resolve) => this.#socket.end(() => resolve()));
  }

  /** Tells the other side that it is over, if that can be told at once, and closes. */
  hangUp(): void {
    this.#socket.end();
    setImmediate(() => this.close());
  }

  /** Ends both directions at once. */
  close(): void {
    this.#socket.destroy();
    this.#transport.destroy();
  }
}
