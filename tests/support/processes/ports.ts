// Ports for servers that start in a while: below those that systems give to whoever asks for any, so
// that nobody takes one in between.

const FIRST = 20_000;
const COUNT = 10_000;

let next = FIRST + Math.floor(Math.random() * COUNT);

/** A port that is free now. */
export function freePort(): number {
  for (;;) {
    next = next + 1 < FIRST + COUNT ? next + 1 : FIRST;
    try {
      Deno.listen({ hostname: "127.0.0.1", port: next }).close();
      return next;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}
