// The byte stream to a NATS server, as NATS's own client takes one. NATS publishes transports for
// Node.js, whose sockets may raise an error here that nobody can catch when a server hangs up (6 of
// 100 refused logins ended the process), and for Deno, on a registry that not everybody reaches.

import {
  checkOptions,
  type ConnectionOptions,
  type Server,
  type ServerInfo,
  type Transport,
} from "@nats-io/nats-core/internal";
import { inBackground } from "../../base/background.ts";
import { decode, encode, NEWLINE, startsWith } from "../../base/bytes.ts";
import { closeQuietly, type Connection, writeAll } from "../../base/connection.ts";

/** Dials NATS servers. */
export interface NatsDialer {
  /** Connects; `host` is a host name or an IP address, IPv6 without brackets. */
  connect(host: string, port: number): Promise<Connection>;
  /** Goes on over TLS, with a server that proves to be `host`, by `ca` (PEM) if that is given. */
  startTls(socket: Connection, host: string, ca: string | undefined): Promise<Connection>;
}

/** The most that is read at a time. */
const CHUNK_BYTES = 64 * 1024;

/** The answer to PING. */
const PONG = encode("PONG\r\n");

/** A connection to one server, from dialling to its end. */
export class NatsTransport implements Transport {
  /** The client's introduction to the server. */
  readonly lang = "herd";
  readonly version = "1";
  closeError?: Error;
  readonly #dialer: NatsDialer;
  readonly #pause: () => Promise<void> | undefined;
  readonly #closed = Promise.withResolvers<void | Error>();
  readonly #frames: Uint8Array[] = [];
  #socket: Connection | undefined;
  /** The server's first line: it is read here, and again by the client. */
  #greeting: Uint8Array = new Uint8Array(0);
  #isConnected = false;
  #isEncrypted = false;
  #isOver = false;
  #isWriting = false;
  /** True while an answer to PING waits to be sent: one answers all that came meanwhile. */
  #isPongWaiting = false;

  /** `pause` gives something to wait for when others must have their turn. */
  constructor(dialer: NatsDialer, pause: () => Promise<void> | undefined = () => undefined) {
    this.#dialer = dialer;
    this.#pause = pause;
  }

  get isClosed(): boolean {
    return this.#isOver;
  }

  /** Dials, reads what the server says of itself, and goes over to TLS if either side asks for it. */
  async connect({ hostname, port }: Server, options: ConnectionOptions): Promise<void> {
    await this.#use(this.#dialer.connect(hostname, port));
    const info = await this.#readInfo();
    checkOptions(info, options);
    if (info.tls_required || info.tls_available) {
      const { ca } = options.tls ?? {};
      await this.#use(this.#dialer.startTls(this.#socket!, hostname, ca));
      this.#isEncrypted = true;
    }
    this.#isConnected = true;
  }

  async *[Symbol.asyncIterator](): AsyncIterableIterator<Uint8Array> {
    yield this.#greeting;
    const buffer = new Uint8Array(CHUNK_BYTES);
    try {
      for (;;) {
        const count = await this.#socket!.read(buffer);
        if (count === null) break;
        yield buffer.slice(0, count);
        const pause = this.#pause();
        if (pause !== undefined) await pause;
      }
      this.#finish();
    } catch (error) {
      this.#finish(error as Error);
    } finally {
      // The client stops reading when it cannot make sense of what it read.
      this.#finish(new Error("NATS sent what is out of form"));
    }
  }

  isEncrypted(): boolean {
    return this.#isEncrypted;
  }

  /** Sends a frame after those before it. What cannot be sent is lost: the reader notices the end. */
  send(frame: Uint8Array): void {
    if (this.#isOver) return;
    if (isPong(frame)) {
      if (this.#isPongWaiting) return;
      this.#isPongWaiting = true;
    }
    this.#frames.push(frame);
    if (!this.#isWriting) inBackground(this.#write());
  }

  close(error?: Error): Promise<void> {
    if (this.#isConnected) this.#finish(error);
    else this.discard();
    return Promise.resolve();
  }

  disconnect(): void {
    this.#finish();
  }

  closed(): Promise<void | Error> {
    return this.#closed.promise;
  }

  /** Ends it without a word. */
  discard(): void {
    this.#isOver = true;
    this.#frames.length = 0;
    if (this.#socket !== undefined) closeQuietly(this.#socket);
  }

  /** Makes a socket ours when it is there, unless it is wanted no more. */
  async #use(opening: Promise<Connection>): Promise<void> {
    this.#socket = await opening;
    if (!this.#isOver) return;
    this.discard();
    throw new Error("the connection was closed before it was made");
  }

  /** Reads the line `INFO <JSON>`, with which every NATS server begins. */
  async #readInfo(): Promise<ServerInfo> {
    const buffer = new Uint8Array(CHUNK_BYTES);
    let length = 0;
    let end = -1;
    while (end < 0) {
      const count = await this.#socket!.read(buffer.subarray(length));
      if (count === null || count === 0) throw new Error("the server said nothing that NATS would");
      length += count;
      end = buffer.subarray(0, length).indexOf(NEWLINE);
    }
    this.#greeting = buffer.slice(0, length);
    const text = decode(buffer, 0, end);
    if (!text.startsWith("INFO ")) throw new Error("the server is no NATS server");
    return JSON.parse(text.slice("INFO ".length));
  }

  async #write(): Promise<void> {
    this.#isWriting = true;
    try {
      for (let frame = this.#frames.shift(); frame !== undefined; frame = this.#frames.shift()) {
        if (isPong(frame)) this.#isPongWaiting = false;
        await writeAll(this.#socket!, frame);
      }
    } catch {
      // The reader notices.
    } finally {
      this.#isWriting = false;
    }
  }

  #finish(error?: Error): void {
    if (this.#isOver) return;
    if (error !== undefined) this.closeError = error;
    this.discard();
    this.#closed.resolve(error);
  }
}

function isPong(frame: Uint8Array): boolean {
  return startsWith(frame, 0, frame.length, PONG);
}
