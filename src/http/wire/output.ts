// What is to be sent on a connection. What is known at once leaves together, in one write from a buffer
// that is borrowed for so long: each write costs as much as all else about a request.

import { encode } from "../../base/bytes.ts";
import { type Connection, writeAll } from "../../base/connection.ts";
import { BufferPool, NO_BUFFER } from "../../server/clients/replies/buffer_pool.ts";
import type { UnreadBudget } from "../../server/clients/supervisor.ts";

/** Bytes that are put in a buffer; anything larger is sent from where it is. */
const BUFFER_BYTES = 16 * 1024;

/** For the answers of a hundred connections at one time. */
const pool = new BufferPool(BUFFER_BYTES, 128);

const encoder = new TextEncoder();
// Texts are measured one at a time, so all connections share this.
const scratch = new Uint8Array(BUFFER_BYTES);

/** A text or bytes as bytes. Those of a short text are good until the next call. */
export function bytesOf(body: string | Uint8Array): Uint8Array {
  if (typeof body !== "string") return body;
  if (textRoom(body) > BUFFER_BYTES) return encode(body);
  return scratch.subarray(0, encoder.encodeInto(body, scratch).written);
}

/** The room that a text may need, in bytes. */
export function textRoom(text: string): number {
  return text.length * 3;
}

export interface OutputContext {
  /** Told of bytes that wait for the client, and of those that do no more. */
  readonly unread: UnreadBudget;
  /** Called when a write has come through. */
  wrote(): void;
}

/** The output of one connection; for one caller at a time. */
export class Output {
  readonly #connection: Pick<Connection, "write">;
  readonly #context: OutputContext;
  #buffer: Uint8Array<ArrayBuffer> = NO_BUFFER;
  #length = 0;
  #unreadBytes = 0;

  /** Writes to this connection. */
  constructor(connection: Pick<Connection, "write">, context: OutputContext) {
    this.#connection = connection;
    this.#context = context;
  }

  /** Bytes that were put and not sent. */
  get length(): number {
    return this.#length;
  }

  /** Bytes of our memory that wait for the client. */
  get unreadBytes(): number {
    return this.#unreadBytes;
  }

  /** True if so many bytes more can be put; if not, `flush` makes room, for up to 16 KiB. */
  hasRoom(bytes: number): boolean {
    return this.#length + bytes <= BUFFER_BYTES;
  }

  /** Puts bytes behind what was put before; there must be room for them. */
  put(bytes: Uint8Array): void {
    if (this.#length === 0) this.#buffer = pool.take();
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** The same of a text. */
  putText(text: string): void {
    if (this.#length === 0) this.#buffer = pool.take();
    this.#length += encoder.encodeInto(text, this.#buffer.subarray(this.#length)).written;
  }

  /** Sends what was put. */
  async flush(): Promise<void> {
    if (this.#length === 0) return;
    const [buffer, length] = [this.#buffer, this.#length];
    await this.#write(buffer.subarray(0, length), length);
    this.#length = 0;
    this.#buffer = NO_BUFFER;
    pool.give(buffer);
  }

  /**
   * Sends what was put, and then these bytes from where they are.
   *
   * @param cost How many of them are there for this client alone.
   */
  async send(bytes: Uint8Array, cost: number = bytes.length): Promise<void> {
    await this.flush();
    await this.#write(bytes, cost);
  }

  /** Counts nothing any more: the connection is gone. */
  forget(): void {
    this.#context.unread.give(this.#unreadBytes);
    this.#unreadBytes = 0;
  }

  async #write(bytes: Uint8Array, cost: number): Promise<void> {
    const { unread } = this.#context;
    this.#unreadBytes += cost;
    unread.take(cost);
    await writeAll(this.#connection, bytes);
    this.#context.wrote();
    // Forgotten meanwhile, it was given back already.
    const given = Math.min(cost, this.#unreadBytes);
    this.#unreadBytes -= given;
    unread.give(given);
  }
}
