// A connection that takes bytes when a test says so, and an outlet on it.

import { Outlet } from "../../../../src/server/clients/replies/outlet.ts";

/** Holds each write until `take` or `fail`. */
export class SlowConnection {
  /** What each write brought, in order. */
  readonly writes: string[] = [];
  /** What was taken, all together. */
  taken = "";
  isClosed = false;
  /** Bytes that wait for the client, as the server counts them. */
  unread = 0;
  /** Times the outlet said that it has failed. */
  failures = 0;
  /** Writes that came through, as the server counts them. */
  wrote = 0;
  readonly outlet: Outlet = new Outlet({
    connection: this,
    context: {
      unread: {
        take: (bytes) => this.unread += bytes,
        give: (bytes) => this.unread -= bytes,
      },
      rounds: { wrote: () => this.wrote++ },
    },
    onFailure: () => this.failures++,
  });
  #pending: { bytes: Uint8Array; settle: PromiseWithResolvers<number> } | undefined;

  write(bytes: Uint8Array): Promise<number> {
    if (this.#pending !== undefined) throw new Error("two writes at one time");
    this.writes.push(new TextDecoder().decode(bytes));
    this.#pending = { bytes, settle: Promise.withResolvers() };
    return this.#pending.settle.promise;
  }

  close(): void {
    this.isClosed = true;
  }

  /** Takes so many bytes of the present write, or all. */
  async take(count = Infinity): Promise<void> {
    const { bytes, settle } = this.#pending!;
    this.#pending = undefined;
    const taken = bytes.subarray(0, count);
    this.taken += new TextDecoder().decode(taken);
    settle.resolve(taken.length);
    await turn();
  }

  /** Fails the present write. */
  async fail(error: Error): Promise<void> {
    const { settle } = this.#pending!;
    this.#pending = undefined;
    settle.reject(error);
    await turn();
  }
}

/** Lets all that was resolved go on. */
export function turn(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 0));
}
