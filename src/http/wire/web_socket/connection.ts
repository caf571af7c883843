// One end of a WebSocket (RFC 6455) on a byte connection. It reads from the network only when
// somebody reads from it, which is its flow control: a peer that sends faster waits in its kernel.

import { inBackground } from "../../../base/background.ts";
import { encode } from "../../../base/bytes.ts";
import { enlarged } from "../../../base/buffers.ts";
import type { Clock } from "../../../base/clock.ts";
import { closeQuietly, type Connection, writeAll } from "../../../base/connection.ts";
import { after, type Trigger, waitFor, WakeUp } from "../../../base/waiting.ts";
import {
  BINARY,
  CLOSE,
  formatClose,
  formatFrame,
  type FrameEvent,
  FrameReader,
  GOING_AWAY,
  PING,
  POLICY_VIOLATION,
  PONG,
  TEXT,
  TOO_BIG,
} from "./frames.ts";

/** Bytes that are read from the network at one time. */
const INPUT_BYTES = 16 * 1024;

/** The most frames of one message that is kept as a whole. */
export const MAX_FRAMES = 1_000;

/** Longest time that a peer may take to answer a close, in milliseconds. */
export const CLOSE_MS = 1_000;

export interface WebSocketContext {
  /** Which end it is. */
  readonly side: "server" | "client";
  readonly clock: Clock;
  /** Told of bytes that wait to be sent, and of those that do no more. */
  readonly unread: { take(bytes: number): void; give(bytes: number): void };
  /** Asked after each chunk: gives something to wait for if it is the others' turn. */
  pause(): Promise<void> | undefined;
}

/** A whole message. */
export interface WebSocketMessage {
  readonly isText: boolean;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** An open WebSocket. It has one reader: of bytes, or of messages. */
export class WebSocketConnection {
  readonly #connection: Connection;
  readonly #context: WebSocketContext;
  readonly #frames: FrameReader;
  readonly #input = new Uint8Array(INPUT_BYTES);
  /** Frames that wait to be sent, and what to call when each has left. */
  readonly #queue: { frame: Uint8Array; left: PromiseWithResolvers<void> | undefined }[] = [];
  #unsentBytes = 0;
  #isSending = false;
  #sending: Promise<void> = Promise.resolve();
  /** The read of the network that is under way. */
  #filling: Promise<boolean> | undefined;
  /** The last ping that was not answered yet: only the latest one needs an answer. */
  #ping: Uint8Array | undefined;
  #isPinging = false;
  #progress = 0;
  #isReading = false;
  #heardMs: number;
  /** True if a close was sent, or is about to be. */
  #isClosing = false;
  #hasPeerClosed = false;
  #problem: string | undefined;
  /** True if nothing more comes. */
  #isEnded = false;
  readonly #closing = new WakeUp();

  /** Takes over a connection on which the handshake is done; `rest` is what came behind it. */
  constructor(connection: Connection, rest: Uint8Array, context: WebSocketContext) {
    this.#connection = connection;
    this.#context = context;
    this.#frames = new FrameReader(context.side === "server");
    this.#frames.input = rest.slice();
    this.#frames.end = rest.length;
    this.#heardMs = context.clock.monotonicMs();
  }

  /** True if data can be sent. */
  get isOpen(): boolean {
    return !this.#isClosing && !this.#isEnded;
  }

  /** Fires when the socket is not open any more. */
  readonly over: Trigger = (fire) => {
    if (this.isOpen) return this.#closing.woken(fire);
    fire();
    return () => {};
  };

  /** The peer's fault against the protocol; undefined if it kept to it. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Bytes that wait to be sent. */
  get unsentBytes(): number {
    return this.#unsentBytes;
  }

  /** True if something is being sent. */
  get isSending(): boolean {
    return this.#isSending;
  }

  /** Grows whenever the peer takes a frame. */
  get progress(): number {
    return this.#progress;
  }

  /** True if the last data that came was text. */
  get isText(): boolean {
    return this.#frames.isText;
  }

  /** Reads data up to the length of the buffer, of whatever messages; null at the end. */
  async read(buffer: Uint8Array): Promise<number | null> {
    let filled = 0;
    for (;;) {
      const event = this.#frames.take(buffer, filled, buffer.length);
      filled += this.#frames.taken;
      if (event === "full" || event === "message" && filled === buffer.length) return filled;
      if (event === "message") continue;
      if (event === "starved" && filled > 0) {
        this.#answerPing();
        await this.#context.pause();
        return filled;
      }
      if (!await this.#goOn(event)) return filled > 0 ? filled : null;
    }
  }

  /**
   * Reads a whole message; undefined at the end. One of over `maxBytes`, or in over 1,000 frames, ends
   * the socket.
   */
  async readMessage(maxBytes: number): Promise<WebSocketMessage | undefined> {
    let room = new Uint8Array(Math.min(maxBytes, 1_024));
    let filled = 0;
    for (;;) {
      const event = this.#frames.take(room, filled, room.length);
      filled += this.#frames.taken;
      if (event === "message") {
        return { isText: this.#frames.isText, bytes: room.subarray(0, filled) };
      }
      if (event === "full" && room.length >= maxBytes || this.#frames.frames > MAX_FRAMES) {
        this.close(TOO_BIG, `a message is over ${maxBytes} bytes or ${MAX_FRAMES} frames`);
        return undefined;
      }
      if (event === "full") {
        room = enlarged(room, Math.min(maxBytes, room.length * 4));
      } else if (!await this.#goOn(event)) return undefined;
    }
  }

  /** Sends a message. Resolves when it has left; rejects when the socket is over. */
  send(bytes: Uint8Array, isText: boolean): Promise<void> {
    if (!this.isOpen) {
      return Promise.reject(new Deno.errors.ConnectionReset("The WebSocket is closed"));
    }
    const left = Promise.withResolvers<void>();
    this.#put(isText ? TEXT : BINARY, bytes, left);
    return left.promise;
  }

  /** Ends the socket, with a reason of up to 123 bytes for the client. */
  close(code: number = GOING_AWAY, reason = ""): void {
    if (this.#isClosing || this.#isEnded) return;
    this.#isClosing = true;
    this.#closing.wake();
    this.#put(CLOSE, formatClose(code, encode(reason)));
  }

  /** Ends the socket at once, saying nothing. */
  abort(): void {
    this.#end();
    closeQuietly(this.#connection);
  }

  /**
   * Pings a peer that was silent for `ms`, and ends the socket of one that was silent for as long
   * again. To be called now and then.
   */
  checkAlive(nowMs: number, ms: number): "alive" | "silent" {
    // While nobody reads, silence says nothing.
    if (!this.#isReading) this.#heardMs = nowMs;
    const silentMs = nowMs - this.#heardMs;
    if (silentMs >= 2 * ms) return "silent";
    if (silentMs < ms) this.#isPinging = false;
    else if (!this.#isPinging) {
      this.#isPinging = true;
      this.#put(PING, new Uint8Array(0));
    }
    return "alive";
  }

  /** Closes, if nobody did, and waits until the peer knows or has had its time. */
  async finish(): Promise<void> {
    this.close();
    await waitFor(this.#untilEnd(), after(this.#context.clock, CLOSE_MS));
    this.abort();
  }

  /** Passes over what still comes, up to the client's own close. */
  async #untilEnd(): Promise<void> {
    try {
      while (!this.#isEnded && !this.#hasPeerClosed) {
        // Data is unmasked onto itself: nobody wants it any more.
        const event = this.#frames.take(this.#input, 0, this.#input.length);
        if (event === "broken") return;
        if (event === "control") this.#hasPeerClosed ||= this.#frames.opcode === CLOSE;
        if (event !== "starved") continue;
        await this.#context.pause();
        await (this.#filling ?? this.#fill());
      }
      await this.#sending;
    } catch {
      // It is gone.
    }
  }

  /** Deals with what is no data, or waits for more; false at the end. */
  async #goOn(event: FrameEvent): Promise<boolean> {
    if (event === "broken") {
      const [code, reason] = this.#frames.problem;
      this.#problem = reason;
      this.close(code, reason);
      return false;
    }
    if (event === "control") return this.#obey();
    if (event !== "starved") return true;
    this.#answerPing();
    await this.#context.pause();
    return !this.#isClosing && await this.#fill() && !this.#isClosing;
  }

  /** Takes a control frame; false if it was a close. */
  #obey(): boolean {
    const { opcode, control } = this.#frames;
    if (opcode === PING) this.#ping = control.slice();
    if (opcode !== CLOSE) return true;
    this.#hasPeerClosed = true;
    const code = control.length >= 2 ? control[0]! * 256 + control[1]! : GOING_AWAY;
    this.close(code >= 1000 && code < 5000 ? code : POLICY_VIOLATION);
    return false;
  }

  #answerPing(): void {
    if (this.#ping === undefined || this.#isClosing) return;
    const payload = this.#ping;
    // A peer that takes no pong gets no second one.
    if (this.#queue.length > 0) return;
    this.#ping = undefined;
    this.#put(PONG, payload);
  }

  /** Waits for input; false at the end. */
  #fill(): Promise<boolean> {
    return this.#filling = this.#fillOnce();
  }

  async #fillOnce(): Promise<boolean> {
    const frames = this.#frames;
    this.#isReading = true;
    try {
      const count = await this.#connection.read(this.#input);
      if (count === null || this.#isEnded) {
        this.#end();
        return false;
      }
      frames.input = this.#input;
      frames.at = 0;
      frames.end = count;
      this.#heardMs = this.#context.clock.monotonicMs();
      return true;
    } catch (error) {
      this.#end();
      throw error;
    } finally {
      this.#isReading = false;
      this.#filling = undefined;
    }
  }

  #put(opcode: number, payload: Uint8Array, left?: PromiseWithResolvers<void>): void {
    if (this.#isEnded) return;
    const mask = this.#context.side === "server"
      ? undefined
      : crypto.getRandomValues(new Uint8Array(4));
    const frame = formatFrame(opcode, payload, mask);
    this.#unsentBytes += frame.length;
    this.#context.unread.take(frame.length);
    this.#queue.push({ frame, left });
    if (!this.#isSending) this.#sending = inBackground(this.#sendAll());
  }

  async #sendAll(): Promise<void> {
    this.#isSending = true;
    try {
      for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
        await writeAll(this.#connection, next.frame);
        if (this.#isEnded) return;
        this.#queue.shift();
        this.#forget(next.frame.length);
        this.#progress++;
        next.left?.resolve();
      }
    } catch {
      this.#end();
    } finally {
      this.#isSending = false;
    }
  }

  #forget(bytes: number): void {
    this.#unsentBytes -= bytes;
    this.#context.unread.give(bytes);
  }

  #end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#closing.wake();
    const error = new Deno.errors.ConnectionReset("The WebSocket is closed");
    for (const { left } of this.#queue.splice(0)) {
      left?.promise.catch(() => {});
      left?.reject(error);
    }
    this.#forget(this.#unsentBytes);
  }
}
