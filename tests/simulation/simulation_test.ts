// The herd converges whatever happens to servers and wires, and the trials that say so can fail.

import { assertEquals, assertNotEquals } from "@std/assert";
import { type Fault, trial } from "./trial.ts";

const TRIALS = 500;

Deno.test("simulated herds converge and lose nothing, under faults of servers and wires", async () => {
  for (let seed = 1; seed <= TRIALS; seed++) {
    const { violations, trace } = await trial(seed);
    assertEquals(violations, [], `Seed ${seed}:\n${trace.join("\n")}`);
  }
});

/** Mistakes that a trial must find. */
const faults: Record<string, Fault> = {
  "an incarnation that outlives a restart, so that what was lost is withheld": {
    incarnation: (server) => server.charCodeAt(1).toString(16).padStart(32, "0"),
  },
  "a feed id that outlives a crash": {
    feedId: (server) => server.charCodeAt(1).toString(16).padStart(32, "0"),
  },
  "a POS that names the feed's end, not the cursor": {
    spoil(store) {
      const { feed } = store;
      const readFrom = feed.readFrom.bind(feed);
      feed.readFrom = (position) => {
        const reader = readFrom(position);
        return {
          get position() {
            return feed.end;
          },
          get isAtEnd() {
            return reader.isAtEnd;
          },
          next: () => reader.next(),
          peek: () => reader.peek(),
          [Symbol.dispose]: () => reader[Symbol.dispose](),
        };
      };
    },
  },
  "no tie-break on equal times": {
    spoil(store) {
      const apply = store.apply.bind(store);
      store.apply = (update, knownTo) => apply(update, knownTo, false);
    },
  },
  "resuming from the end, whatever was missed": {
    spoil(store) {
      const { feed } = store;
      const readFrom = feed.readFrom.bind(feed);
      feed.readFrom = (position) => readFrom(position === 0 ? 0 : feed.end);
    },
  },
};

for (const [name, fault] of Object.entries(faults)) {
  Deno.test(`a simulation finds ${name}`, async () => {
    let found = 0;
    for (let seed = 1; seed <= TRIALS && found === 0; seed++) {
      found += (await trial(seed, fault)).violations.length;
    }
    assertNotEquals(found, 0);
  });
}
