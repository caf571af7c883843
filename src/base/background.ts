// Promises that nobody awaits, now or at all. Every promise of src is awaited, returned, caught, or
// handed to one of these; tests/project/promises_test.ts sees to it.

/**
 * Lets a task run by itself; resolves when it has ended, and never rejects. A task handles what may be
 * expected to fail. A rejection is a bug: `onFailure` takes it where the rest can go on without the
 * task. Else it becomes an uncaught error, which ends a server by a clean stop.
 */
export function inBackground(
  task: PromiseLike<unknown>,
  onFailure: (error: unknown) => void = reportError,
): Promise<void> {
  return Promise.resolve(task).then(() => {}, onFailure);
}

/** A promise whose rejection is that of whoever awaits it later, and nobody's if nobody does. */
export function awaitedLater<T>(promise: Promise<T>): Promise<T> {
  promise.catch(() => {});
  return promise;
}
