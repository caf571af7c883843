// One call for all who ask the same at the same time. Nothing is kept: once a call has ended, the
// next one to ask starts another.

import { aborted, waitFor } from "../../base/waiting.ts";

interface Call<T> {
  readonly result: Promise<T>;
  readonly controller: AbortController;
  waiting: number;
}

/** Calls in flight by their keys. */
export class SharedCalls<T extends NonNullable<unknown>> {
  readonly #calls = new Map<string, Call<T>>();

  /** Number of calls in flight. */
  get size(): number {
    return this.#calls.size;
  }

  /** True if a call with this key is under way, so that joining starts none. */
  has(key: string): boolean {
    return this.#calls.has(key);
  }

  /**
   * Waits for the call with this key; starts one if there is none. Who gives up by `signal` gets
   * `left` at once and the others wait on; the signal that `start` is given is aborted when the
   * last one has left. Rejects if the call does.
   */
  async join(
    key: string,
    signal: AbortSignal,
    left: T,
    start: (signal: AbortSignal) => Promise<T>,
  ): Promise<T> {
    if (signal.aborted) return left;
    const call = this.#calls.get(key) ?? this.#start(key, start);
    call.waiting++;
    try {
      return await waitFor(call.result, aborted(signal)) ?? left;
    } finally {
      if (--call.waiting === 0) {
        this.#forget(key, call);
        call.controller.abort();
      }
    }
  }

  /** Aborts every call; those who wait get what the calls make of it. */
  abort(): void {
    for (const { controller } of this.#calls.values()) controller.abort();
  }

  #start(key: string, start: (signal: AbortSignal) => Promise<T>): Call<T> {
    const controller = new AbortController();
    const result = start(controller.signal).finally(() => this.#forget(key, call));
    const call: Call<T> = { result, controller, waiting: 0 };
    this.#calls.set(key, call);
    return call;
  }

  /** Unless another call has taken its place. */
  #forget(key: string, call: Call<T>): void {
    if (this.#calls.get(key) === call) this.#calls.delete(key);
  }
}
