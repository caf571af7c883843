// The replies of one connection, in the order of its requests. What is known at once goes through
// one buffer and one write a chunk; a reply that must be waited for holds back those after it.

import { type Connection, writeAll } from "../flood/connection.ts";

const BUFFER_BYTES = 64 * 1024;
const MAX_POOLED = 64;

/** Buffers that no connection is using: an idle connection holds none. */
const pool: Uint8Array<ArrayBuffer>[] = [];
const NO_BUFFER = new Uint8Array(0);

/** Writes replies to a connection. Not for use by two callers at one time. */
export class Replies {
  /** Where the caller writes replies, from `length` on, after `reserve`. */
  buffer: Uint8Array<ArrayBuffer> = NO_BUFFER;
  length = 0;

  readonly #connection: Pick<Connection, "write">;
  readonly #maxUnreadBytes: number;
  readonly #beforeWrite: (() => Promise<void> | undefined) | undefined;
  /** Later replies, while an earlier one is not known yet. */
  readonly #queue: (Uint8Array | Promise<Uint8Array>)[] = [];
  #queuedBytes = 0;
  #waiting = 0;
  /** Whether the queue is being written. */
  #isDraining = false;
  #waiters: (() => void)[] = [];
  #failure: unknown;

  /**
   * `beforeWrite` is asked before known replies leave: it gives a promise to hold them until, such
   * as the commit of what they confirm.
   */
  constructor(
    connection: Pick<Connection, "write">,
    maxUnreadBytes: number,
    beforeWrite?: () => Promise<void> | undefined,
  ) {
    this.#connection = connection;
    this.#maxUnreadBytes = maxUnreadBytes;
    this.#beforeWrite = beforeWrite;
  }

  /** Whether `bytes` more fit in the buffer; if not, `flush` first. */
  reserve(bytes: number): boolean {
    if (this.buffer === NO_BUFFER) this.buffer = pool.pop() ?? new Uint8Array(BUFFER_BYTES);
    return this.length + bytes <= this.buffer.length;
  }

  /** Number of replies that are waited for. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Puts a reply that is not known yet behind all that came before. It must not reject. */
  wait(reply: Promise<Uint8Array>): void {
    this.#enqueueBuffer();
    this.#waiting++;
    this.#queue.push(reply);
    this.#drain();
  }

  /**
   * Writes what is in the buffer, or queues it behind a reply that is waited for. Resolves when
   * the next replies may come; rejects when the connection does not take them.
   */
  async flush(): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    if (!this.#isDraining) {
      if (this.length === 0) return;
      const length = this.length;
      this.length = 0;
      await this.#beforeWrite?.();
      await writeAll(this.#connection, this.buffer.subarray(0, length));
      this.release();
      return;
    }
    this.#enqueueBuffer();
    await this.waitFor(() => this.#queuedBytes <= this.#maxUnreadBytes);
  }

  /** Waits until `isReached`, looked at whenever a reply has left. */
  async waitFor(isReached: () => boolean): Promise<void> {
    while (this.#failure === undefined && this.#isDraining && !isReached()) {
      await new Promise<void>((resolve) => this.#waiters.push(resolve));
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Waits until every reply has left. */
  async finish(): Promise<void> {
    await this.flush();
    await this.waitFor(() => false);
  }

  /** Gives up: the connection is gone, and whoever waits for replies to leave is told so. */
  fail(error: unknown): void {
    this.#failure ??= error;
    this.#progress();
  }

  /** Gives the buffer back, with what is in it. */
  release(): void {
    if (this.buffer !== NO_BUFFER && pool.length < MAX_POOLED) pool.push(this.buffer);
    this.buffer = NO_BUFFER;
    this.length = 0;
  }

  #enqueueBuffer(): void {
    if (this.length === 0) return;
    const copy = this.buffer.slice(0, this.length);
    this.#queue.push(copy);
    this.#queuedBytes += copy.length;
    this.length = 0;
  }

  #drain(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.#writeQueue().catch((error) => this.fail(error));
  }

  async #writeQueue(): Promise<void> {
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      const bytes = await next;
      if (this.#failure !== undefined) return;
      await this.#beforeWrite?.();
      await writeAll(this.#connection, bytes);
      this.#queue.shift();
      if (next instanceof Uint8Array) this.#queuedBytes -= bytes.length;
      else this.#waiting--;
      this.#progress();
    }
    // In the same turn as the look at the empty queue: nothing can be queued in between.
    this.#isDraining = false;
    this.#progress();
  }

  #progress(): void {
    const waiters = this.#waiters;
    this.#waiters = [];
    for (const wake of waiters) wake();
  }
}
