// Servers on a backbone converge whatever happens to them and to it, and the trials that say so can
// fail.

import { assert, assertEquals } from "@std/assert";
import type { BrokerFault } from "./memory_broker.ts";
import { trial } from "./trial.ts";

const TRIALS = 100;

Deno.test("servers on a backbone converge, and their positions promise what is true", async () => {
  for (let seed = 1; seed <= TRIALS; seed++) assertEquals(await trial(seed), [], `Seed ${seed}`);
});

const faults: Record<string, BrokerFault> = {
  "takes whatever is published": { isBlind: true },
  "skips messages": { skips: true },
  "acknowledges what it did not take": { forgets: true },
};
for (const [name, fault] of Object.entries(faults)) {
  Deno.test(`trials find a stream that ${name}`, async () => {
    for (let seed = 1; seed <= TRIALS; seed++) {
      if ((await trial(seed, fault)).length > 0) return;
    }
    assert(false, "no trial found it");
  });
}
