// Waits on the clock that is passed in, so that a simulation rules them as well.
//
// A wait is until the first of some triggers:
//   await until(after(clock, 50));                                     a delay
//   await until(after(clock, 50), aborted(signal));                    one that a signal can end
//   await until(changed(store.feed), after(clock, 50), news.woken);    news, but not for ever
//   await waitFor(promise, after(clock, 50));                          a promise, at most so long

import type { Clock } from "./clock.ts";

/**
 * Something that may happen. Calls `fire` when it does, which may be at once; the function that it
 * returns takes that back.
 */
export type Trigger = (fire: () => void) => () => void;

/** Something that tells of its next change, such as the change feed. */
export interface Changing {
  /** Calls `wake` once, at the next change, unless the returned function is called before. */
  onChange(wake: () => void): () => void;
}

/** Fires when `ms` milliseconds have passed. */
export function after(clock: Pick<Clock, "after">, ms: number): Trigger {
  return (fire) => clock.after(ms, fire);
}

/** Fires when the signal is aborted; at once if it was before. */
export function aborted(signal: AbortSignal): Trigger {
  return (fire) => onAbort(signal, fire);
}

/** Fires at the next change. */
export function changed(changing: Changing): Trigger {
  return (fire) => changing.onChange(fire);
}

/** Calls `callback` when the signal is aborted, at once if it was, unless taken back before. */
export function onAbort(signal: AbortSignal, callback: () => void): () => void {
  if (signal.aborted) {
    callback();
    return () => {};
  }
  signal.addEventListener("abort", callback, { once: true });
  return () => signal.removeEventListener("abort", callback);
}

/** Wakes those that wait. Nothing is remembered: a call that nobody waits for is lost. */
export class WakeUp {
  #sleepers = new Set<() => void>();

  /** Fires at the next call of `wake`. */
  readonly woken: Trigger = (fire) => {
    this.#sleepers.add(fire);
    return () => this.#sleepers.delete(fire);
  };

  /** Ends the waits that are under way. */
  wake(): void {
    if (this.#sleepers.size === 0) return;
    const sleepers = this.#sleepers;
    this.#sleepers = new Set();
    for (const fire of sleepers) fire();
  }
}

/** Waits until the first of the triggers fires; resolves with that one. */
export function until(...triggers: readonly Trigger[]): Promise<Trigger> {
  return new Promise((resolve) => {
    let isOver = false;
    const forget: (() => void)[] = [];
    for (const trigger of triggers) {
      forget.push(trigger(() => {
        if (isOver) return;
        isOver = true;
        for (const it of forget) it();
        resolve(trigger);
      }));
      if (!isOver) continue;
      // It fired at once, when it had not been noted yet.
      forget.at(-1)!();
      return;
    }
  });
}

/** Resolves with the promise, or with undefined if one of the triggers fires first. */
export async function waitFor<T>(
  promise: Promise<T>,
  ...triggers: readonly Trigger[]
): Promise<T | undefined> {
  const done = new WakeUp();
  const late = until(...triggers, done.woken).then(() => undefined);
  try {
    return await Promise.race([promise, late]);
  } finally {
    done.wake();
  }
}

/** Lets others have their turn: resolves in a later one of the event loop. */
export function nextTurn(clock: Pick<Clock, "after">): Promise<unknown> {
  return until(after(clock, 0));
}

/** Waits between tries, in milliseconds. */
export interface BackoffOptions {
  /** The longest that the first wait may take. */
  readonly firstMs: number;
  /** The longest that any wait may take. */
  readonly maxMs: number;
  /** Uniform in [0, 1). */
  random(): number;
}

/**
 * Exponential back-off with full jitter (M. Brooker, "Exponential Backoff And Jitter", 2015): each
 * wait is anything up to a limit that doubles, so that those who failed together come back apart.
 */
export class Backoff {
  readonly #options: BackoffOptions;
  #limitMs: number;

  /** The first wait comes next. */
  constructor(options: BackoffOptions) {
    this.#options = options;
    this.#limitMs = options.firstMs;
  }

  /** The next wait, in whole milliseconds. */
  next(): number {
    const { random, maxMs } = this.#options;
    const waitMs = Math.ceil(random() * this.#limitMs);
    this.#limitMs = Math.min(this.#limitMs * 2, maxMs);
    return waitMs;
  }

  /** Begins anew: something has worked. */
  reset(): void {
    this.#limitMs = this.#options.firstMs;
  }
}
