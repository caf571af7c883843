// A WebSocket as the byte connection that sessions of lines know. Where frames begin and end says nothing.

import { decode, encode } from "../../base/bytes.ts";
import type { Connection } from "../../base/connection.ts";
import type { WebSocketConnection } from "../wire/web_socket/connection.ts";

/** An open WebSocket. */
export class ByteSocket implements Connection {
  readonly #socket: WebSocketConnection;

  /** Reads from a socket and writes to it. */
  constructor(socket: WebSocketConnection) {
    this.#socket = socket;
  }

  /** See {@link Connection}. */
  read(buffer: Uint8Array): Promise<number | null> {
    return this.#socket.read(buffer);
  }

  /** See {@link Connection}. All bytes go as one message; as text, if the client last sent text. */
  async write(bytes: Uint8Array): Promise<number> {
    const { isText } = this.#socket;
    // Whoever sends text gets back what was text: their own bytes, and ours; only a character that the
    // limit of a line cut in two does not survive.
    await this.#socket.send(isText ? encode(decode(bytes)) : bytes, isText);
    return bytes.length;
  }

  /** See {@link Connection}: the server ends it. */
  close(): void {
    this.#socket.close();
  }
}
