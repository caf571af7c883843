// Waits of tests that run in real time: each has an end, and says then what it waited for.

/** Longer than anything takes on a busy machine, in milliseconds: what takes longer never comes. */
export const GIVE_UP_MS = 20_000;

// A test may put other timers in the place of these.
const { setTimeout, clearTimeout } = globalThis;

/** Looks again and again until `look` gives something; fails after `withinMs`. */
export async function until<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  withinMs = GIVE_UP_MS,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = await within(Promise.resolve(look()), String(look), withinMs);
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`Not within ${withinMs} ms: ${look}`);
    await pause(5);
  }
}

/** Gives what a promise gives; fails after `withinMs`. `what` says what it waits for. */
export async function within<T>(
  promise: Promise<T>,
  what: string,
  withinMs = GIVE_UP_MS,
): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new Error(`Not within ${withinMs} ms: ${what}`)),
    withinMs,
  );
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Lets `ms` milliseconds pass: for trials that let load run, never to wait for something to happen. */
export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Waits until a figure is over 0 and has stopped changing; gives it. */
export async function settled(figure: () => number): Promise<number> {
  let last = -1;
  let since = performance.now();
  return await until(() => {
    const now = figure();
    if (now !== last) [last, since] = [now, performance.now()];
    return now > 0 && performance.now() - since > 150 && now;
  });
}
