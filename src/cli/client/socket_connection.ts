// The client's connection over a WebSocket, `/v1/line`, in the shape of one over TCP. A WebSocket has
// neither a half-close nor back-pressure of its own, so this counts what is answered: not more is under
// way than the server may be sent, and the end of what is sent is reached when all has been answered.

import { bearerProtocol } from "../../http/token.ts";
import { LINE_PROTOCOL } from "../../http/sockets/line_socket.ts";
import { formatAddress } from "../../base/address.ts";
import { onAbort, until, WakeUp } from "../../base/waiting.ts";

/** What the client needs of a connection; a `Deno.TcpConn` is one. */
export type LineConnection =
  & Pick<Deno.TcpConn, "readable" | "writable" | "closeWrite" | "remoteAddr">
  & Disposable;

/** What is under way without an answer, and what goes as one frame, in bytes. */
const WINDOW_BYTES = 64 * 1024;
const FRAME_BYTES = 16 * 1024;

const NEWLINE = 0x0a;

/**
 * Opens a WebSocket to a server's HTTP port.
 *
 * @throws {Error} If it cannot be opened, with what the system or the server says.
 */
export async function dialSocket(
  { hostname, port }: { readonly hostname: string; readonly port: number },
  token: string | undefined,
  signal: AbortSignal,
): Promise<LineConnection> {
  const protocols = [LINE_PROTOCOL, ...token === undefined ? [] : [bearerProtocol(token)]];
  const socket = new WebSocket(`ws://${formatAddress(hostname, port)}/v1/line`, protocols);
  socket.binaryType = "arraybuffer";
  const connection = new SocketConnection(socket, { hostname, port, transport: "tcp" });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const forget = onAbort(signal, () => reject(signal.reason));
  socket.addEventListener("open", () => resolve(), { once: true });
  socket.addEventListener(
    "error",
    (event) => reject(new Error((event as ErrorEvent).message)),
    { once: true },
  );
  try {
    await promise;
    return connection;
  } catch (error) {
    connection[Symbol.dispose]();
    throw error;
  } finally {
    forget();
  }
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
  readonly #socket: WebSocket;
  readonly #counter = new ReplyCounter();
  /** Received frames that were not read yet. */
  readonly #frames: Uint8Array<ArrayBuffer>[] = [];
  /** Sent frames with lines that are not answered: up to which line each goes, and its bytes. */
  readonly #unanswered: { readonly lines: number; readonly bytes: number }[] = [];
  #unansweredBytes = 0;
  #lines = 0;
  #answered = 0;
  #isMidLine = false;
  #isClosed = false;
  /** A frame came or was taken, or the socket is closed. */
  readonly #news = new WakeUp();

  constructor(socket: WebSocket, remoteAddr: Deno.NetAddr) {
    this.#socket = socket;
    this.remoteAddr = remoteAddr;
    socket.addEventListener("message", ({ data }) => {
      this.#frames.push(new Uint8Array(data));
      this.#news.wake();
    });
    socket.addEventListener("close", () => this.#end());
    socket.addEventListener("error", () => this.#end());
    this.readable = new ReadableStream({ pull: (controller) => this.#read(controller) }, {
      highWaterMark: 0,
    });
    this.writable = new WritableStream({ write: (bytes) => this.#write(bytes) });
  }

  /** Says that no more will come: waits until all is answered, and closes. */
  async closeWrite(): Promise<void> {
    if (this.#isMidLine) await this.#write(new Uint8Array([NEWLINE]));
    await this.#until(() => this.#answered >= this.#lines && this.#frames.length === 0);
    this.#socket.close();
  }

  [Symbol.dispose](): void {
    this.#end();
    if (this.#socket.readyState <= WebSocket.OPEN) this.#socket.close();
  }

  async #read(controller: ReadableStreamDefaultController<Uint8Array>): Promise<void> {
    while (this.#frames.length === 0) {
      if (this.#isClosed) return controller.close();
      await until(this.#news.woken);
    }
    const frame = this.#frames.shift()!;
    controller.enqueue(frame);
    this.#answered += this.#counter.count(frame);
    this.#release();
    this.#news.wake();
  }

  /** Forgets frames whose lines are answered: also the rest of a line that was answered when cut. */
  #release(): void {
    while (this.#unanswered.length > 0 && this.#unanswered[0]!.lines <= this.#answered) {
      this.#unansweredBytes -= this.#unanswered.shift()!.bytes;
    }
  }

  async #write(bytes: Uint8Array<ArrayBuffer>): Promise<void> {
    for (let at = 0; at < bytes.length; at += FRAME_BYTES) {
      await this.#until(() => this.#unansweredBytes < WINDOW_BYTES);
      const frame = bytes.subarray(at, at + FRAME_BYTES);
      for (const byte of frame) if (byte === NEWLINE) this.#lines++;
      this.#isMidLine = frame.at(-1) !== NEWLINE;
      const lines = this.#lines + (this.#isMidLine ? 1 : 0);
      this.#unanswered.push({ lines, bytes: frame.length });
      this.#unansweredBytes += frame.length;
      this.#release();
      this.#socket.send(frame);
    }
  }

  /** Waits; rejects when the socket is closed before. */
  async #until(isReached: () => boolean): Promise<void> {
    while (!isReached()) {
      if (this.#isClosed) throw new Deno.errors.ConnectionReset("The server closed the WebSocket");
      await until(this.#news.woken);
    }
  }

  #end(): void {
    this.#isClosed = true;
    this.#news.wake();
  }
}
