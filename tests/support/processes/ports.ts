// Ports for servers that start in a while: below those that systems give to whoever asks for any, so
// that nobody takes one in between. Tests that run side by side, also in other processes, get others.

import { temporary, temporaryRoot } from "../files/temporary.ts";
import { granted } from "../permissions.ts";

const FIRST = 20_000;
const COUNT = 12_000;

/** An empty file here for each port that a test was given lately. */
const CLAIMS = `${temporaryRoot}/herd-test-ports`;

const canClaim = granted(...temporary);

/** Longer than a test goes on with a port, in milliseconds. */
const CLAIMED_MS = 240_000;

let next = FIRST + Math.floor(Math.random() * COUNT);

/** A port that is free now, and that no other test is given in the next minutes. */
export function freePort(): number {
  for (let tries = 0;; tries++) {
    next = next + 1 < FIRST + COUNT ? next + 1 : FIRST;
    // With all of them claimed, one that is free must do.
    if (tries < COUNT && !claim(next)) continue;
    try {
      Deno.listen({ hostname: "127.0.0.1", port: next }).close();
      return next;
    } catch (error) {
      if (!(error instanceof Deno.errors.AddrInUse)) throw error;
    }
  }
}

/** True if the port is this test's now. */
function claim(port: number): boolean {
  // Without a disk to write to there are no claims, and ports differ by chance alone.
  if (!canClaim) return true;
  const path = `${CLAIMS}/${port}`;
  try {
    Deno.mkdirSync(CLAIMS, { recursive: true });
    Deno.openSync(path, { write: true, createNew: true }).close();
    return true;
  } catch (error) {
    if (!(error instanceof Deno.errors.AlreadyExists)) throw error;
  }
  const { mtime } = Deno.statSync(path);
  if (Date.now() - mtime!.getTime() < CLAIMED_MS) return false;
  Deno.utimeSync(path, new Date(), new Date());
  return true;
}
