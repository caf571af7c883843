// Replies behind one that is not known yet, in the order of their requests.

import { awaitedLater } from "../../../base/background.ts";
import type { Outlet } from "./outlet.ts";

/** A reply that is known, or will be. */
type Reply = Uint8Array | Promise<Uint8Array>;

/** An obstacle that holds replies back. */
export interface Safety {
  /**
   * A promise to wait for until all that was applied so far is as safe as is promised, undefined when it is.
   * Left out where nothing is promised.
   */
  readonly whenSafe?: (() => Promise<void> | undefined) | undefined;
}

/** Writes one reply after the other, from the first that is put in until none is left. */
export class ReplyQueue {
  readonly #outlet: Outlet;
  readonly #context: Safety;
  readonly #replies: Reply[] = [];
  #waiting = 0;
  #isWriting = false;

  constructor(outlet: Outlet, context: Safety) {
    this.#outlet = outlet;
    this.#context = context;
  }

  /** True while replies are in it, or on their way out. */
  get isBusy(): boolean {
    return this.#isWriting;
  }

  /** Replies that were not known when they were put in, and have not left. */
  get waiting(): number {
    return this.#waiting;
  }

  /** Puts in a reply that is known. */
  put(reply: Uint8Array): void {
    this.#outlet.hold(reply.length);
    this.#replies.push(reply);
    this.#begin();
  }

  /** Puts in a reply that is not known yet. It must not reject. */
  wait(reply: Promise<Uint8Array>): void {
    this.#waiting++;
    this.#replies.push(awaitedLater(reply.then((bytes) => {
      this.#outlet.hold(bytes.length);
      return bytes;
    })));
    this.#begin();
  }

  /** Drops what is in it: nobody takes it any more. */
  clear(): void {
    this.#replies.length = 0;
  }

  #begin(): void {
    if (this.#isWriting) return;
    this.#isWriting = true;
    this.#writeAll().catch(this.#outlet.break);
  }

  async #writeAll(): Promise<void> {
    const outlet = this.#outlet;
    for (let next = this.#replies[0]; next !== undefined; next = this.#replies[0]) {
      const bytes = await next;
      if (outlet.failure !== undefined) return;
      await this.#context.whenSafe?.();
      await this.#write(bytes);
      if (outlet.failure !== undefined) return;
      this.#replies.shift();
      outlet.settle(bytes.length);
      if (!(next instanceof Uint8Array)) this.#waiting--;
      outlet.news.wake();
    }
    // In the same turn as the look at the empty queue: nothing can be put in between.
    this.#isWriting = false;
    outlet.news.wake();
  }

  #write(bytes: Uint8Array): Promise<void> {
    return new Promise((written) => this.#outlet.write(bytes, { written }));
  }
}
