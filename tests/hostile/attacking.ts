// Parts of all attacks.

/** Attacks a server until the signal; says what it did. `http` is the server's HTTP port. */
export type Attack = (port: number, stop: AbortSignal, http: number) => Promise<string>;

/** Does the same in so many tasks, over and over; a connection that fails is what attackers expect. */
export async function each(
  tasks: number,
  stop: AbortSignal,
  act: () => Promise<void>,
): Promise<void> {
  await Promise.all(Array.from({ length: tasks }, async () => {
    while (!stop.aborted) await act().catch(() => pause(10, stop));
  }));
}

/** A rate a second, for people. */
export function rate(count: number, sinceMs: number): string {
  return Math.round(count / (performance.now() - sinceMs) * 1_000).toLocaleString("en");
}

/** Resolves after a time, or at the signal. */
export function pause(ms: number, stop: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      stop.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    stop.addEventListener("abort", end, { once: true });
  });
}

/** Resolves at the signal. */
export function stopped(stop: AbortSignal): Promise<void> {
  return pause(2 ** 30, stop);
}

/** Writes all of it. */
export async function writeAll(connection: Deno.Conn, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length;) at += await connection.write(bytes.subarray(at));
}

/** Closes what may be closed already. */
export function close(connection: Deno.Conn): void {
  try {
    connection.close();
  } catch {
    // The server was first.
  }
}
