// The simulation can fail: it finds each mistake that is planted in a herd.

import { assertEquals, assertNotEquals } from "@std/assert";
import { faults } from "./planted_mistakes.ts";
import { trialsUntilFound } from "../soak/soak.ts";
import { trial } from "../trial.ts";

/** As many as the suite makes of a herd without a mistake. */
const TRIALS = 500;

for (const [name, fault] of Object.entries(faults)) {
  Deno.test(`a simulation finds ${name}`, async () => {
    const seed = await trialsUntilFound(fault, 1, TRIALS);
    assertNotEquals(seed, Infinity);
    // It is the mistake that is found, not the trial that is wrong.
    assertEquals((await trial(seed)).violations, []);
  });
}
