import { assert, assertEquals } from "@std/assert";
import fc from "../support/properties.ts";
import { fitLimits, neededDescriptors } from "../../src/server/descriptors.ts";
import { LIMITS } from "../../src/server/limits.ts";

const OWN = { neighbours: 3, maxHandshakes: 64, maxPlacesCalls: 32 };

Deno.test("fitLimits() leaves limits alone that there are descriptors for", () => {
  const needed = neededDescriptors(LIMITS, OWN);
  assertEquals(fitLimits(LIMITS, OWN, needed), LIMITS);
  assertEquals(fitLimits(LIMITS, OWN, needed - 1) === LIMITS, false);
});

Deno.test("fitLimits() gives lines most of what there is, and HTTP and trials their share", () => {
  const { maxConnections, maxHttpConnections, maxTrials } = fitLimits(LIMITS, OWN, 1_000);
  assertEquals({ maxConnections, maxHttpConnections, maxTrials }, {
    maxConnections: 548,
    maxHttpConnections: 199,
    maxTrials: 49,
  });
});

Deno.test("fitLimits() gives limits that the descriptors do for, none below 1 and none raised", () => {
  const limit = fc.integer({ min: 1, max: 20_000 });
  const limits = fc.record({ maxConnections: limit, maxHttpConnections: limit, maxTrials: limit });
  fc.assert(fc.property(limits, fc.integer({ min: 250, max: 40_000 }), (wanted, descriptors) => {
    const fitted = fitLimits(wanted, OWN, descriptors);
    assert(neededDescriptors(fitted, OWN) <= descriptors);
    for (const name of ["maxConnections", "maxHttpConnections", "maxTrials"] as const) {
      assert(fitted[name] >= 1 && fitted[name] <= wanted[name], name);
    }
  }));
});
