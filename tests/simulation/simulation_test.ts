// The herd converges and loses nothing whatever happens to servers, disks and wires.

import { assertEquals } from "@std/assert";
import { trial } from "./trial.ts";

/** `deno task soak` runs more. */
const TRIALS = 500;

Deno.test("simulated herds converge and lose nothing, under faults of servers, disks and wires", async () => {
  for (let seed = 1; seed <= TRIALS; seed++) {
    const { violations } = await trial(seed);
    assertEquals(violations, [], `'deno task soak --seed ${seed}' shows what happens`);
  }
});
