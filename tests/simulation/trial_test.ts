// A trial is all in its seed.

import { assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import { faults } from "./checks/planted_mistakes.ts";
import { trialsUntilFound } from "./soak/soak.ts";
import { trial } from "./trial.ts";

Deno.test("trial() gives the same trace for the same seed, and another one for another", async () => {
  const traces = [];
  for (const seed of [1, 2, 3, 1, 2, 3]) traces.push((await trial(seed, { isTraced: true })).trace);
  assertEquals(traces.slice(0, 3), traces.slice(3));
  assertNotEquals(traces[0], traces[1]);
});

Deno.test("trial() goes the same way whether it is traced or not", async () => {
  for (const seed of [4, 5, 6]) {
    const { events } = await trial(seed);
    assertEquals((await trial(seed, { isTraced: true })).events, events);
  }
});

Deno.test("trial() traces time, server and event in columns, up to what does not hold", async () => {
  const fault = Object.values(faults)[0]!;
  const seed = await trialsUntilFound(fault, 1);
  const { trace, violations } = await trial(seed, { fault, isTraced: true });
  assertMatch(trace[0]!, /^ +0\.0 +herd +S\d+-S\d+/);
  assertMatch(trace.find((it) => it.includes("is told"))!, /^ *\d+\.\d +S\d+ +is told +IAMAT /);
  assertMatch(trace.at(-1)!, /^ *\d+\.\d +VIOLATION +/);
  assertEquals(violations.every((it) => trace.some((line) => line.endsWith(it))), true);
});
