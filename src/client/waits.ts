// Waits that a signal ends, and the growth of waits between tries.

/** Calls `callback` once after `ms` milliseconds, unless the function that it gives is called before. */
export type Timer = (ms: number, callback: () => void) => () => void;

export const platformTimer: Timer = (ms, callback) => {
  const id = setTimeout(callback, ms);
  return () => clearTimeout(id);
};

/** The longest first wait between tries, and the longest of all, in milliseconds. */
export const FIRST_WAIT_MS = 100;
export const MAX_WAIT_MS = 10_000;

/** Calls `callback` when a signal is aborted, at once if it was, unless taken back before. */
export function onAbort(signal: AbortSignal | undefined, callback: () => void): () => void {
  if (signal === undefined) return () => {};
  if (signal.aborted) {
    callback();
    return () => {};
  }
  signal.addEventListener("abort", callback, { once: true });
  return () => signal.removeEventListener("abort", callback);
}

/** Waits; rejects with the signal's reason if that is aborted before. */
export function wait(
  timer: Timer,
  { ms, signal }: { readonly ms: number; readonly signal: AbortSignal | undefined },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = timer(ms, () => {
      forget();
      resolve();
    });
    const forget = onAbort(signal, () => {
      stop();
      reject(signal!.reason);
    });
  });
}

/** A signal that is aborted with any of these, and a function that lets go of them. */
export function anyOf(signals: readonly (AbortSignal | undefined)[]): {
  readonly controller: AbortController;
  release(): void;
} {
  const controller = new AbortController();
  const forget = signals.map((it) => onAbort(it, () => controller.abort(it!.reason)));
  return { controller, release: () => forget.forEach((it) => it()) };
}

/**
 * Exponential back-off with full jitter (M. Brooker, "Exponential Backoff And Jitter", 2015): each wait is
 * anything up to a limit that doubles, so that those who failed together come back apart.
 */
export class Backoff {
  #limitMs = FIRST_WAIT_MS;

  /** The next wait, in milliseconds. */
  next(): number {
    const waitMs = Math.ceil(Math.random() * this.#limitMs);
    this.#limitMs = Math.min(this.#limitMs * 2, MAX_WAIT_MS);
    return waitMs;
  }

  /** Begins anew: something has worked. */
  reset(): void {
    this.#limitMs = FIRST_WAIT_MS;
  }
}
