// Replies that are known at once: gathered in one buffer, which leaves in one write.

import type { Outlet, Writer } from "./outlet.ts";
import { BufferPool, NO_BUFFER } from "./buffer_pool.ts";

/** For the replies of most chunks, and of a thousand connections at one time. */
const small = new BufferPool(8 * 1024, 1024);
/** For those of clients that pipeline. */
const large = new BufferPool(64 * 1024, 64);

/** Those that leave at the end of this turn. */
const outbox: ReplyBuffer[] = [];

/** Gathers replies until it is sent; then it is lent to the connection until all of it was taken. */
export class ReplyBuffer implements Writer {
  /** The buffer for replies that the caller writes from `length` on, after `reserve`. */
  bytes: Uint8Array<ArrayBuffer> = NO_BUFFER;
  length = 0;
  /** True from `send` until the connection has taken all: nothing may be written to `bytes` then. */
  isLent = false;
  readonly #outlet: Outlet;

  /** Holds no bytes until some are reserved. */
  constructor(outlet: Outlet) {
    this.#outlet = outlet;
  }

  /** Makes room for `bytes` more. False when they do not fit: then it has to be sent first. */
  reserve(bytes: number): boolean {
    const needed = this.length + bytes;
    if (needed > this.bytes.length && needed <= large.size) this.#enlarge(needed);
    return needed <= this.bytes.length;
  }

  /** Lends what is in it to the connection: at the end of this turn, or once `ready` has resolved. */
  send(ready: Promise<void> | undefined): void {
    this.isLent = true;
    this.#outlet.hold(this.length);
    if (ready !== undefined) ready.then(() => this.#write(), (error) => this.#lose(error));
    else if (outbox.push(this) === 1) queueMicrotask(ReplyBuffer.#writeOutbox);
  }

  /** A copy of what is in it, which it then no longer has. */
  takeOut(): Uint8Array {
    const taken = this.bytes.slice(0, this.length);
    this.length = 0;
    return taken;
  }

  /** Gives its bytes back. A write that never ends keeps them. */
  release(): void {
    if (!this.isLent) this.#giveBack();
  }

  /** See {@link Writer}. */
  written(): void {
    this.#outlet.settle(this.length);
    this.#takeBack();
    this.#outlet.news.wake();
  }

  /**
   * Writes all buffers that were sent in this turn. Chunks that came together are all answered
   * before the first reply is written, so that who waits for them is woken less often.
   */
  static #writeOutbox(this: void): void {
    for (const buffer of outbox.splice(0)) buffer.#write();
  }

  #write(): void {
    if (this.#outlet.failure !== undefined) this.#takeBack();
    else this.#outlet.write(this.bytes.subarray(0, this.length), this);
  }

  #lose(error: unknown): void {
    this.#outlet.break(error);
    this.#takeBack();
  }

  #takeBack(): void {
    this.isLent = false;
    this.#giveBack();
  }

  #enlarge(needed: number): void {
    const { bytes, length } = this;
    this.bytes = (needed <= small.size ? small : large).take();
    if (length > 0) this.bytes.set(bytes.subarray(0, length));
    small.give(bytes);
  }

  #giveBack(): void {
    small.give(this.bytes);
    large.give(this.bytes);
    this.bytes = NO_BUFFER;
    this.length = 0;
  }
}
