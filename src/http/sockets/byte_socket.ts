// A WebSocket as the byte connection that sessions know. Where frames begin and end says nothing.

import type { Connection } from "../../base/connection.ts";
import { encode } from "../../base/bytes.ts";
import { untilSent } from "./web_socket.ts";

/** What may wait to be read. A WebSocket cannot be told to wait: one that sends more is closed. */
export const MAX_INPUT_BYTES = 4 * 1024 * 1024;

/** What may wait to be sent before a write waits, too. */
const MAX_OUTPUT_BYTES = 64 * 1024;

/** Codes of the end of a WebSocket (RFC 6455, section 7.4.1). */
const GOING_AWAY = 1001;
const POLICY_VIOLATION = 1008;

/** An open or opening WebSocket with `binaryType` "arraybuffer". */
export class ByteSocket implements Connection {
  readonly #socket: WebSocket;
  #input: Uint8Array[] = [];
  #inputBytes = 0;
  #isEnded = false;
  /** Whether the client last sent text: then it is sent text, too. */
  #isText = false;
  #wake: () => void = () => {};

  /** Takes over a socket. */
  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => this.#take(data));
    socket.addEventListener("close", () => this.#end());
    socket.addEventListener("error", () => this.#end());
  }

  /** See {@link Connection}. */
  async read(buffer: Uint8Array): Promise<number | null> {
    while (this.#input.length === 0) {
      if (this.#isEnded) return null;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const first = this.#input[0]!;
    const count = Math.min(first.length, buffer.length);
    buffer.set(first.subarray(0, count));
    if (count === first.length) this.#input.shift();
    else this.#input[0] = first.subarray(count);
    this.#inputBytes -= count;
    return count;
  }

  /** See {@link Connection}. All bytes go as one frame. */
  async write(bytes: Uint8Array): Promise<number> {
    const socket = this.#socket;
    this.#throwIfClosed();
    // A socket copies what it is given. Whoever sends text gets back what was text: their own bytes,
    // and ours; only a character that the limit of a line cut in two does not survive.
    socket.send(this.#isText ? new TextDecoder().decode(bytes) : new Uint8Array(bytes));
    if (socket.bufferedAmount > MAX_OUTPUT_BYTES) await untilSent(socket, MAX_OUTPUT_BYTES);
    this.#throwIfClosed();
    return bytes.length;
  }

  /** See {@link Connection}: the server ends it. */
  close(): void {
    this.#end();
    if (this.#socket.readyState <= WebSocket.OPEN) this.#socket.close(GOING_AWAY);
  }

  #take(data: string | ArrayBuffer): void {
    if (this.#isEnded) return;
    this.#isText = typeof data === "string";
    const bytes = typeof data === "string" ? encode(data) : new Uint8Array(data);
    if (bytes.length === 0) return;
    if (this.#inputBytes + bytes.length > MAX_INPUT_BYTES) {
      this.#end();
      this.#socket.close(POLICY_VIOLATION, "too much that is not answered yet");
      return;
    }
    this.#input.push(bytes);
    this.#inputBytes += bytes.length;
    this.#wake();
  }

  #end(): void {
    this.#isEnded = true;
    this.#wake();
  }

  #throwIfClosed(): void {
    if (this.#socket.readyState === WebSocket.OPEN) return;
    throw new Deno.errors.ConnectionReset("The WebSocket is closed");
  }
}
