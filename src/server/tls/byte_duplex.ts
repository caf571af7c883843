// A byte connection as a Node stream, which is what node:tls runs over. It reads from the connection
// only while somebody wants bytes, so that TLS on top of it takes no more than its reader does.

import { Duplex } from "node:stream";
import { closeQuietly, type Connection, writeAll } from "../../base/connection.ts";
import { type Trigger, until } from "../../base/waiting.ts";

/** Most bytes that are read of a link at one time. */
const CHUNK_BYTES = 64 * 1024;

/** A connection whose directions end one by one; a `Deno.TcpConn` is one. */
export interface Transport extends Connection {
  /** Ends the direction from here to the other side. */
  closeWrite(): Promise<void>;
}

/** The stream. Destroying it closes the connection; the connection's end or error ends it. */
export class ByteDuplex extends Duplex {
  readonly #transport: Transport;
  #isWanted = true;
  /** True if the stream asked for bytes while nobody wanted them. */
  #isHungry = false;

  readonly #chunkBytes: number;

  /** Begins with reading, up to so many bytes at one time. */
  constructor(transport: Transport, chunkBytes: number = CHUNK_BYTES) {
    super({ allowHalfOpen: true, highWaterMark: chunkBytes });
    this.#transport = transport;
    this.#chunkBytes = chunkBytes;
  }

  /** Says that somebody waits for bytes, until `rest`. */
  want(): void {
    this.#isWanted = true;
    if (!this.#isHungry) return;
    this.#isHungry = false;
    this.#readOnce();
  }

  /** Says that nobody does: one read that is under way may still bring some. */
  rest(): void {
    this.#isWanted = false;
  }

  /** Resolves when little of what was written waits for the connection, or when all is over. */
  async whenWritten(): Promise<void> {
    if (this.writableNeedDrain) await until(this.#emitted("drain"), this.#emitted("close"));
  }

  #emitted(event: string): Trigger {
    return (fire) => {
      this.once(event, fire);
      return () => this.off(event, fire);
    };
  }

  /** Called by Node: somebody can take bytes. */
  override _read(): void {
    if (this.#isWanted) this.#readOnce();
    else this.#isHungry = true;
  }

  /** Called by Node: writes the bytes. */
  override _write(bytes: Uint8Array, _encoding: string, done: (error?: Error) => void): void {
    writeAll(this.#transport, bytes).then(() => done(), done);
  }

  /** Called by Node: all was written. */
  override _final(done: (error?: Error) => void): void {
    this.#transport.closeWrite().then(() => done(), done);
  }

  /** Called by Node: closes the connection. */
  override _destroy(error: Error | null, done: (error: Error | null) => void): void {
    closeQuietly(this.#transport);
    done(error);
  }

  #readOnce(): void {
    const buffer = new Uint8Array(this.#chunkBytes);
    this.#transport.read(buffer).then(
      (count) => this.push(count === null ? null : buffer.subarray(0, count)),
      (error) => this.destroy(error),
    );
  }
}
