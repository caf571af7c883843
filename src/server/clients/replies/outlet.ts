// The way out of one connection: writes, counts what its client has not taken, and knows whether it
// still takes anything.

import { closeQuietly, type Connection } from "../../../base/connection.ts";
import { WakeUp } from "../../../base/waiting.ts";
import type { Rounds } from "../../turns/rounds.ts";
import type { UnreadBudget } from "../supervisor.ts";
import { NO_BUFFER } from "./buffer_pool.ts";

/** Parts that the outlets of all connections of a server share. */
export interface OutletContext {
  /** Told of replies that clients have not taken. */
  readonly unread: UnreadBudget;
  /** Told of writes. */
  readonly rounds: Pick<Rounds, "wrote">;
}

/** Parts of an outlet. */
export interface OutletOptions {
  readonly connection: Pick<Connection, "write" | "close">;
  readonly context: OutletContext;
  /** Called once, when the connection takes nothing any more. */
  onFailure(): void;
}

/** Told when what it wrote has left, or never will: `failure` says which. */
export interface Writer {
  written(): void;
}

/** The outlet of one connection. One writer uses it at a time. */
export class Outlet {
  /** Grows whenever the client takes something. */
  progress = 0;
  /** True while the client is being written to. */
  isWriting = false;
  /** A reply has left, or the connection has failed. */
  readonly news: WakeUp = new WakeUp();
  readonly #options: OutletOptions;
  #unreadBytes = 0;
  #failure: unknown;
  #writer: Writer | undefined;
  /** Bytes of the writer's that were not taken yet. */
  #rest: Uint8Array = NO_BUFFER;

  constructor(options: OutletOptions) {
    this.#options = options;
  }

  /** Bytes of replies that wait for the client. */
  get unreadBytes(): number {
    return this.#unreadBytes;
  }

  /** The reason why the connection takes no replies any more; undefined while it does. */
  get failure(): unknown {
    return this.#failure;
  }

  /** Notes that this many more bytes wait for the client. */
  hold(bytes: number): void {
    if (this.#failure !== undefined) return;
    this.#unreadBytes += bytes;
    this.#options.context.unread.take(bytes);
  }

  /** Notes that this many bytes wait no more. */
  settle(bytes: number): void {
    if (this.#failure !== undefined) return;
    this.#unreadBytes -= bytes;
    this.#options.context.unread.give(bytes);
  }

  /** Writes all of `bytes`, and then calls `writer`. */
  write(bytes: Uint8Array, writer: Writer): void {
    this.isWriting = true;
    this.#writer = writer;
    this.#writeRest(bytes);
  }

  /** The connection is of no use any more. Nothing waits for the client then. */
  fail(error: unknown): void {
    if (this.#failure !== undefined) return;
    this.#failure = error;
    this.#options.context.unread.give(this.#unreadBytes);
    this.#unreadBytes = 0;
    this.#options.onFailure();
    this.news.wake();
  }

  /** Fails, and closes the connection: whoever reads from it is to notice. */
  readonly break = (error: unknown): void => {
    this.fail(error);
    this.#end();
    closeQuietly(this.#options.connection);
  };

  /** With callbacks: an async function would be two more promises a request. */
  #writeRest(bytes: Uint8Array): void {
    this.#rest = bytes;
    try {
      this.#options.connection.write(bytes).then(this.#onWritten, this.break);
    } catch (error) {
      this.break(error);
    }
  }

  readonly #onWritten = (written: number): void => {
    this.progress++;
    this.#options.context.rounds.wrote();
    const isWhole = written === this.#rest.length;
    if (isWhole || this.#failure !== undefined) this.#end();
    else this.#writeRest(this.#rest.subarray(written));
  };

  #end(): void {
    const writer = this.#writer;
    this.isWriting = false;
    this.#writer = undefined;
    writer?.written();
  }
}
