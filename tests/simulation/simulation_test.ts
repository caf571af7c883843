// The herd converges whatever happens to servers, disks and wires, and the trials that say so can
// fail.

import { assertEquals } from "@std/assert";
import { trial } from "./trial.ts";

const TRIALS = 500;

Deno.test("simulated herds converge and lose nothing, under faults of servers and wires", async () => {
  for (let seed = 1; seed <= TRIALS; seed++) {
    const { violations } = await trial(seed);
    assertEquals(violations, [], `Seed ${seed}`);
  }
});
