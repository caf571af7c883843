// The client's connection over a WebSocket, `/v1/line`, in the shape of one over TCP. A WebSocket has no
// half-close, so this counts what is answered: the end of what is sent is reached when all has been.

import { dialSocket } from "../../http/sockets/dial_socket.ts";
import { NORMAL } from "../../http/wire/web_socket/frames.ts";
import { LINE_PROTOCOL } from "../../http/sockets/line_socket.ts";
import type { HttpTarget } from "../../http/ask.ts";
import type { WebSocketConnection } from "../../http/wire/web_socket/connection.ts";
import type { Clock } from "../../base/clock.ts";
import { until, WakeUp } from "../../base/waiting.ts";

/** The parts of a connection that the client needs; a `Deno.TcpConn` is one. */
export type LineConnection =
  & Pick<Deno.TcpConn, "readable" | "writable" | "closeWrite" | "remoteAddr">
  & Disposable;

/** Most bytes that are read at one time. */
const READ_BYTES = 16 * 1024;

const NEWLINE = 0x0a;

/** Opens a WebSocket to a server's HTTP port. Rejects when it cannot, or the signal is aborted. */
export async function dialLineSocket(
  target: HttpTarget,
  options: {
    readonly token: string | undefined;
    readonly clock: Clock;
    readonly signal: AbortSignal;
  },
): Promise<LineConnection> {
  const socket = await dialSocket(target, "/v1/line", { ...options, protocol: LINE_PROTOCOL });
  const { host, port } = target;
  return new SocketConnection(socket, { hostname: host, port, transport: "tcp" });
}

/** Counts replies: each begins a line with `AT` or `?`, and no line of JSON does. */
export class ReplyCounter {
  #isAtLineStart = true;

  /** The replies that begin in these bytes, which follow those of the call before. */
  count(bytes: Uint8Array): number {
    let replies = 0;
    for (const byte of bytes) {
      if (this.#isAtLineStart && (byte === 0x41 || byte === 0x3f)) replies++;
      this.#isAtLineStart = byte === NEWLINE;
    }
    return replies;
  }
}

class SocketConnection implements LineConnection {
  readonly remoteAddr: Deno.NetAddr;
  readonly readable: ReadableStream<Uint8Array<ArrayBuffer>>;
  readonly writable: WritableStream<Uint8Array<ArrayBuffer>>;
  readonly #socket: WebSocketConnection;
  readonly #counter = new ReplyCounter();
  /** Lines that were sent, and replies to them. */
  #lines = 0;
  #answered = 0;
  #isMidLine = false;
  #isClosed = false;
  /** A reply was read, or the socket is closed. */
  readonly #news = new WakeUp();

  constructor(socket: WebSocketConnection, remoteAddr: Deno.NetAddr) {
    this.#socket = socket;
    this.remoteAddr = remoteAddr;
    this.readable = new ReadableStream({ pull: (controller) => this.#read(controller) }, {
      highWaterMark: 0,
    });
    this.writable = new WritableStream({ write: (bytes) => this.#write(bytes) });
  }

  /** Says that no more will come: waits until all is answered, and closes. */
  async closeWrite(): Promise<void> {
    if (this.#isMidLine) await this.#write(new Uint8Array([NEWLINE]));
    while (this.#answered < this.#lines) {
      if (this.#isClosed) throw new Deno.errors.ConnectionReset("The server closed the WebSocket");
      await until(this.#news.woken);
    }
    this.#socket.close(NORMAL);
  }

  [Symbol.dispose](): void {
    this.#socket.abort();
  }

  async #read(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    const buffer = new Uint8Array(READ_BYTES);
    const count = await this.#socket.read(buffer).catch(() => null);
    if (count === null) {
      this.#isClosed = true;
      controller.close();
    } else {
      const bytes = buffer.subarray(0, count);
      controller.enqueue(bytes);
      this.#answered += this.#counter.count(bytes);
    }
    this.#news.wake();
  }

  async #write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    for (const byte of bytes) if (byte === NEWLINE) this.#lines++;
    if (bytes.length > 0) this.#isMidLine = bytes.at(-1) !== NEWLINE;
    await this.#socket.send(bytes, false);
  }
}
