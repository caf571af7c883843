// Waits of tests that run in real time: each has an end, and says then what it waited for.

/** Looks again and again until `look` gives something; fails after `withinMs`. */
export async function until<T>(
  look: () => T | undefined | false | Promise<T | undefined | false>,
  withinMs = 5_000,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = await look();
    if (found !== undefined && found !== false) return found;
    if (performance.now() > deadline) throw new Error(`Not within ${withinMs} ms: ${look}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
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
  }, 20_000);
}
