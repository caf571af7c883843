// The replies of one connection, in the order of its requests. What is known at once goes through
// one buffer and one write a chunk; a reply that must be waited for holds back those after it in a queue.

import type { Connection } from "../../../base/connection.ts";
import { until } from "../../../base/waiting.ts";
import type { Limits } from "../../limits.ts";
import { Outlet, type OutletContext } from "./outlet.ts";
import { ReplyBuffer } from "./reply_buffer.ts";
import { ReplyQueue, type Safety } from "./reply_queue.ts";

/** Parts that the replies of all connections of a server share. */
export interface RepliesContext extends OutletContext, Safety {
  readonly limits: Pick<Limits, "maxUnreadBytes" | "maxPlacesPerConnection">;
}

/**
 * Writes replies to a connection. Not for use by two callers at one time. When the connection takes no
 * more, it is closed.
 */
export class Replies {
  /** The buffer for replies that are known at once; see `makeRoom`. */
  readonly buffer: ReplyBuffer;
  readonly #context: RepliesContext;
  readonly #outlet: Outlet;
  /** Most connections never wait for a reply, and need neither. */
  #queue: ReplyQueue | undefined;
  #givingUp: AbortController | undefined;

  /** Replies to a connection of a server. */
  constructor(connection: Pick<Connection, "write" | "close">, context: RepliesContext) {
    this.#context = context;
    this.#outlet = new Outlet({ connection, context, onFailure: () => this.#drop() });
    this.buffer = new ReplyBuffer(this.#outlet);
  }

  /** Grows whenever the client takes something. */
  get progress(): number {
    return this.#outlet.progress;
  }

  /** True if no further request may be answered before some replies have left: see `waitForRoom`. */
  get isCrowded(): boolean {
    const { maxUnreadBytes, maxPlacesPerConnection } = this.#context.limits;
    return this.#outlet.unreadBytes > maxUnreadBytes ||
      this.#queue !== undefined && this.#queue.waiting >= maxPlacesPerConnection;
  }

  /** True if replies were sent that have not left yet. */
  get isPending(): boolean {
    return this.buffer.isLent || this.#isQueueing;
  }

  /** True if replies wait for something that is not the client's to give. */
  get isWaiting(): boolean {
    return this.isPending && !this.#outlet.isWriting;
  }

  /** True if the client is being written to. */
  get isWriting(): boolean {
    return this.#outlet.isWriting;
  }

  /** Bytes of replies that wait for the client. */
  get unreadBytes(): number {
    return this.#outlet.unreadBytes;
  }

  /** The reason why the connection takes no replies any more; undefined while it does. */
  get failure(): unknown {
    return this.#outlet.failure;
  }

  /** Aborted when replies that are not known yet are not worth waiting for any more. */
  get givenUp(): AbortSignal {
    return (this.#givingUp ??= new AbortController()).signal;
  }

  /** Says that replies which are not known yet are not worth waiting for any more. */
  giveUpWaiting(): void {
    (this.#givingUp ??= new AbortController()).abort();
  }

  /**
   * Makes room for `bytes` in the buffer, if need be by sending what is in it. Gives what to wait for
   * before asking again; undefined when there is room.
   */
  makeRoom(bytes: number): Promise<void> | undefined {
    if (this.buffer.reserve(bytes)) return undefined;
    this.send();
    const ready = this.whenReady();
    if (ready === undefined) this.buffer.reserve(bytes);
    return ready;
  }

  /** Puts a reply that is too large for the buffer behind all that came before. */
  put(reply: Uint8Array): void {
    this.#enqueueBuffer().put(reply);
  }

  /** Puts a reply that is not known yet behind all that came before. It must not reject. */
  wait(reply: Promise<Uint8Array>): void {
    this.#enqueueBuffer().wait(reply);
  }

  /**
   * Sends the buffer at the end of this turn, or after a reply that is waited for. No further replies
   * may come until it is ready: see `whenReady`.
   */
  send(): void {
    const { buffer } = this;
    if (buffer.length === 0 || this.#outlet.failure !== undefined) return;
    if (this.#isQueueing) this.#enqueueBuffer();
    else buffer.send(this.#context.whenSafe?.());
  }

  /**
   * A promise to wait for until further replies may come; undefined when they may come at once. Rejects
   * when the connection does not take them.
   */
  whenReady(): Promise<void> | undefined {
    const { failure } = this.#outlet;
    if (failure !== undefined) return Promise.reject(failure);
    if (this.#isReady()) return undefined;
    return this.#waitUntil(() => this.#isReady());
  }

  /** Waits until it is crowded no more. */
  waitForRoom(): Promise<void> {
    return this.#waitUntil(() => !this.isCrowded);
  }

  /** Waits until every reply has left. */
  async finish(): Promise<void> {
    await this.#waitUntil(() => !this.buffer.isLent);
    this.send();
    await this.#waitUntil(() => false);
  }

  /** Abandons what waits: the connection is gone, and who waits for replies to leave is told so. */
  fail(error: unknown): void {
    this.#outlet.fail(error);
  }

  /** Ends it, and gives back what it has. */
  release(): void {
    this.fail(new Error("The session has ended"));
    this.buffer.release();
  }

  #drop(): void {
    this.#givingUp?.abort();
    this.#queue?.clear();
  }

  get #isQueueing(): boolean {
    return this.#queue !== undefined && this.#queue.isBusy;
  }

  #isReady(): boolean {
    return !this.buffer.isLent && !this.isCrowded;
  }

  /** Waits until `isReached`, looked at whenever a reply has left, or until all have left. */
  async #waitUntil(isReached: () => boolean): Promise<void> {
    const outlet = this.#outlet;
    while (outlet.failure === undefined && this.isPending && !isReached()) {
      await until(outlet.news.woken);
    }
    if (outlet.failure !== undefined) throw outlet.failure;
  }

  /** Puts what is in the buffer into the queue. */
  #enqueueBuffer(): ReplyQueue {
    const { buffer } = this;
    const queue = this.#queue ??= new ReplyQueue(this.#outlet, this.#context);
    if (buffer.length > 0) queue.put(buffer.takeOut());
    return queue;
  }
}
