// The replies of one connection, in the order of its requests. What is known at once goes through
// one buffer and one write a chunk; a reply that must be waited for holds back those after it.

import { awaitedLater } from "../../../base/background.ts";
import { closeQuietly, type Connection } from "../../../base/connection.ts";
import { until, WakeUp } from "../../../base/waiting.ts";
import { BufferPool, NO_BUFFER } from "./buffer_pool.ts";
import type { Limits } from "../../limits.ts";
import type { Rounds } from "../../turns/rounds.ts";
import type { UnreadBudget } from "../supervisor.ts";

/** For the replies of most chunks, and of a thousand connections at one time. */
const small = new BufferPool(8 * 1024, 1024);
/** For those of clients that pipeline. */
const large = new BufferPool(64 * 1024, 64);

/** What the replies of all connections of a server share. */
export interface RepliesContext {
  readonly limits: Pick<Limits, "maxUnreadBytes" | "maxPlacesPerConnection">;
  /** Told of replies that clients have not taken. */
  readonly unread: UnreadBudget;
  /** Told of writes. */
  readonly rounds: Pick<Rounds, "wrote">;
  /** Holds replies back until what they confirm is safe; undefined when nothing has to be. */
  readonly beforeReply?: (() => Promise<void> | undefined) | undefined;
}

/** Those whose buffers leave at the end of this turn. */
const outbox: Replies[] = [];

/**
 * Writes replies to a connection. Not for use by two callers at one time. When the connection takes no
 * more, it is closed.
 */
export class Replies {
  /** Where the caller writes replies, from `length` on, after `reserve`. */
  buffer: Uint8Array<ArrayBuffer> = NO_BUFFER;
  length = 0;

  /** Grows whenever the client takes something. */
  progress = 0;

  readonly #connection: Pick<Connection, "write" | "close">;
  readonly #context: RepliesContext;
  /** Later replies, while an earlier one is not known yet. */
  readonly #queue: (Uint8Array | Promise<Uint8Array>)[] = [];
  /** Bytes of replies that are known and not taken. */
  #unreadBytes = 0;
  /** Replies that are not known yet, or wait behind one. */
  #waiting = 0;
  /** Whether the buffer is on its way out: it must not change. */
  #isLent = false;
  /** What of it was not taken yet. */
  #rest: Uint8Array<ArrayBuffer> = NO_BUFFER;
  #isWriting = false;
  #maybeGivingUp: AbortController | undefined;
  /** Whether the queue is being written. */
  #isDraining = false;
  /** A reply has left, or all is over. */
  readonly #news = new WakeUp();
  #failure: unknown;

  /** Replies to a connection of a server. */
  constructor(connection: Pick<Connection, "write" | "close">, context: RepliesContext) {
    this.#connection = connection;
    this.#context = context;
  }

  /** Whether `bytes` more fit in the buffer; if not, `send` and wait until it is ready again. */
  reserve(bytes: number): boolean {
    const needed = this.length + bytes;
    if (needed > this.buffer.length && needed <= large.size) this.#enlarge(needed);
    return needed <= this.buffer.length;
  }

  /** Whether no further request may be answered before some replies have left: see `waitForRoom`. */
  get isCrowded(): boolean {
    return this.#waiting >= this.#context.limits.maxPlacesPerConnection ||
      this.#unreadBytes > this.#context.limits.maxUnreadBytes;
  }

  /** Whether replies were sent that have not left yet. */
  get isPending(): boolean {
    return this.#isDraining || this.#isLent;
  }

  /** Whether replies wait for something that is not the client's to give. */
  get isWaiting(): boolean {
    return this.isPending && !this.#isWriting;
  }

  /** Whether the client is being written to. */
  get isWriting(): boolean {
    return this.#isWriting;
  }

  /** Bytes of replies that wait for the client. */
  get unreadBytes(): number {
    return this.#unreadBytes;
  }

  /** Aborted when replies that are not known yet are not worth waiting for any more. */
  get givenUp(): AbortSignal {
    return this.#givingUp.signal;
  }

  /** Says that replies which are not known yet are not worth waiting for any more. */
  giveUpWaiting(): void {
    this.#givingUp.abort();
  }

  /** Puts a reply that is too large for the buffer behind all that came before. */
  put(reply: Uint8Array): void {
    this.#enqueueBuffer();
    this.#enqueue(reply);
    this.#drain();
  }

  /** Puts a reply that is not known yet behind all that came before. It must not reject. */
  wait(reply: Promise<Uint8Array>): void {
    this.#enqueueBuffer();
    this.#waiting++;
    this.#queue.push(awaitedLater(reply.then((bytes) => {
      this.#hold(bytes.length);
      return bytes;
    })));
    this.#drain();
  }

  /**
   * Has what is in the buffer leave at the end of this turn, or behind a reply that is waited for. No
   * further replies may come until it is ready: see `whenReady`.
   */
  send(): void {
    if (this.length === 0 || this.#failure !== undefined) return;
    if (this.#isDraining) return this.#enqueueBuffer();
    this.#isLent = true;
    this.#hold(this.length);
    const held = this.#context.beforeReply?.();
    if (held !== undefined) held.then(() => this.#writeBuffer(), this.#onBroken);
    else if (outbox.push(this) === 1) queueMicrotask(Replies.#writeOutbox);
  }

  /**
   * What to wait for until further replies may come; undefined when they may come at once. Rejects
   * when the connection does not take them.
   */
  whenReady(): Promise<void> | undefined {
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (!this.#isLent && !this.isCrowded) return undefined;
    return this.#waitUntil(() => !this.#isLent && !this.isCrowded);
  }

  /** Waits until it is crowded no more. */
  waitForRoom(): Promise<void> {
    return this.#waitUntil(() => !this.isCrowded);
  }

  /** Waits until every reply has left. */
  async finish(): Promise<void> {
    await this.#waitUntil(() => !this.#isLent);
    this.send();
    await this.#waitUntil(() => false);
  }

  /** Gives up what waits: the connection is gone, and who waits for replies to leave is told so. */
  fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#maybeGivingUp?.abort();
    this.#queue.length = 0;
    this.#context.unread.give(this.#unreadBytes);
    this.#unreadBytes = 0;
    this.#news.wake();
  }

  /** Ends it, and gives back what it has. */
  release(): void {
    this.fail(new Error("The session has ended"));
    // A write that never ends keeps its buffer.
    if (!this.#isLent) this.#giveBuffer();
  }

  /** Why the connection takes no replies any more; undefined while it does. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Most connections never wait for a reply, and need none. */
  get #givingUp(): AbortController {
    return this.#maybeGivingUp ??= new AbortController();
  }

  /** Waits until `isReached`, looked at whenever a reply has left, or until all have left. */
  async #waitUntil(isReached: () => boolean): Promise<void> {
    while (this.#failure === undefined && this.isPending && !isReached()) {
      await until(this.#news.woken);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  /**
   * Writes the buffers of all who sent something in this turn. Chunks that came together are all
   * answered before the first reply is written, so that who waits for them is woken less often.
   */
  static #writeOutbox(this: void): void {
    for (const replies of outbox.splice(0)) replies.#writeBuffer();
  }

  #writeBuffer(): void {
    if (this.#failure !== undefined) return this.#takeBack();
    this.#isWriting = true;
    this.#writeRest(this.buffer.subarray(0, this.length));
  }

  /** With callbacks: an async function would be two more promises a request. */
  #writeRest(bytes: Uint8Array<ArrayBuffer>): void {
    this.#rest = bytes;
    try {
      this.#connection.write(bytes).then(this.#onWritten, this.#onBroken);
    } catch (error) {
      this.#onBroken(error);
    }
  }

  readonly #onWritten = (written: number): void => {
    this.progress++;
    this.#context.rounds.wrote();
    if (this.#failure !== undefined) return this.#takeBack();
    if (written < this.#rest.length) return this.#writeRest(this.#rest.subarray(written));
    this.#settle(this.length);
    this.#takeBack();
    this.#news.wake();
  };

  readonly #onBroken = (error: unknown): void => {
    this.fail(error);
    this.#takeBack();
    // Whoever reads from it is to notice.
    closeQuietly(this.#connection);
  };

  /** The buffer is lent no more. */
  #takeBack(): void {
    this.#isLent = this.#isWriting = false;
    this.#giveBuffer();
  }

  async #write(bytes: Uint8Array): Promise<void> {
    this.#isWriting = true;
    try {
      for (let written = 0; written < bytes.length;) {
        written += await this.#connection.write(bytes.subarray(written));
        this.progress++;
      }
    } finally {
      this.#isWriting = false;
    }
  }

  #hold(bytes: number): void {
    if (this.#failure !== undefined) return;
    this.#unreadBytes += bytes;
    this.#context.unread.take(bytes);
  }

  #settle(bytes: number): void {
    if (this.#failure !== undefined) return;
    this.#unreadBytes -= bytes;
    this.#context.unread.give(bytes);
  }

  #enlarge(needed: number): void {
    const { buffer, length } = this;
    this.buffer = (needed <= small.size ? small : large).take();
    if (length > 0) this.buffer.set(buffer.subarray(0, length));
    small.give(buffer);
  }

  #giveBuffer(): void {
    small.give(this.buffer);
    large.give(this.buffer);
    this.buffer = NO_BUFFER;
    this.length = 0;
  }

  #enqueueBuffer(): void {
    if (this.length === 0) return;
    this.#enqueue(this.buffer.slice(0, this.length));
    this.length = 0;
  }

  #enqueue(bytes: Uint8Array): void {
    this.#queue.push(bytes);
    this.#hold(bytes.length);
  }

  #drain(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.#writeQueue().catch(this.#onBroken);
  }

  async #writeQueue(): Promise<void> {
    for (let next = this.#queue[0]; next !== undefined; next = this.#queue[0]) {
      const bytes = await next;
      if (this.#failure !== undefined) return;
      await this.#context.beforeReply?.();
      await this.#write(bytes);
      if (this.#failure !== undefined) return;
      this.#queue.shift();
      this.#settle(bytes.length);
      if (!(next instanceof Uint8Array)) this.#waiting--;
      this.#news.wake();
    }
    // In the same turn as the look at the empty queue: nothing can be queued in between.
    this.#isDraining = false;
    this.#news.wake();
  }
}
