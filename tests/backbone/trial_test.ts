// Servers on a backbone converge whatever happens to them and to it, and the trials that say so can
// fail.

import { assert, assertEquals } from "@std/assert";
import { type Fault, trial } from "./trial.ts";

const TRIALS = 100;

Deno.test("servers on a backbone converge, and their positions promise what is true", async () => {
  for (let seed = 1; seed <= TRIALS; seed++) assertEquals(await trial(seed), [], `Seed ${seed}`);
});

const faults: Record<string, Fault> = {
  "a stream that skips messages": { skips: true },
  "a stream that acknowledges what it did not take": { forgets: true },
  "servers that leave an older message in the stream": { isWithoutRepair: true },
};
for (const [name, fault] of Object.entries(faults)) {
  Deno.test(`trials find ${name}`, async () => {
    for (let seed = 1; seed <= TRIALS; seed++) {
      if ((await trial(seed, fault)).length > 0) return;
    }
    assert(false, "no trial found it");
  });
}
