// Batches of locations: as large as they may be, in time, and in order.

import { assert, assertEquals, assertRejects } from "@std/assert";
import fc from "../support/properties.ts";
import { encode } from "../../src/base/bytes.ts";
import { added, BATCH_WAIT_MS, batchesOf, MAX_BATCH_BYTES, NONE } from "../../src/client/bulk.ts";
import type { Told } from "../../src/client/mod.ts";
import { until } from "../support/waiting.ts";
import { FakeTimers } from "./fakes/fake_herd.ts";

const test = Deno.test;

function timers(): FakeTimers {
  return new FakeTimers([BATCH_WAIT_MS]);
}

/** A location with an id of this length. */
function located(length: number): Told {
  return { id: "x".repeat(length), lat: 1, lon: 2, time: 3 };
}

test("locations come in order, in batches of bounded size", async () => {
  const lengths = fc.array(fc.integer({ min: 1, max: 40_000 }), { maxLength: 40 });
  await fc.assert(
    fc.asyncProperty(lengths, fc.boolean(), async (lengths, isAsync) => {
      const locations = lengths.map(located);
      async function* later() {
        for (const it of locations) yield await Promise.resolve(it);
      }
      const told: string[] = [];
      const { timer } = timers();
      for await (const { text, count } of batchesOf(isAsync ? later() : locations, timer)) {
        assert(encode(text).length <= MAX_BATCH_BYTES, `${text.length} characters`);
        const lines = text.split("\n");
        assertEquals(lines.pop(), "");
        assertEquals(lines.length, count);
        told.push(...lines);
      }
      assertEquals(told, locations.map((it) => JSON.stringify(it)));
    }),
    { numRuns: 50 },
  );
});

test("a location is told in time though no other comes, and its timer is let go", async () => {
  const held = timers();
  const more = Promise.withResolvers<void>();
  async function* slow() {
    yield located(1);
    await more.promise;
    yield located(2);
  }
  const batches = batchesOf(slow(), held.timer);
  const first = batches.next();
  await until(() => held.pending(BATCH_WAIT_MS) === 1);
  held.fire(BATCH_WAIT_MS);
  assertEquals((await first).value?.count, 1);
  const second = batches.next();
  more.resolve();
  assertEquals((await second).value?.count, 1);
  assertEquals((await batches.next()).done, true);
  assertEquals(held.pending(BATCH_WAIT_MS), 0);
});

test("a source is closed where its locations are not taken, and its own failure is passed on", async () => {
  let isClosed = false;
  function* endless() {
    try {
      for (;;) yield located(1_000);
    } finally {
      isClosed = true;
    }
  }
  for await (const _ of batchesOf(endless(), timers().timer)) break;
  assertEquals(isClosed, true);
  async function* failing() {
    yield located(1);
    await Promise.resolve();
    throw new Error("no more");
  }
  await assertRejects(() => batchesOf(failing(), timers().timer).next(), Error, "no more");
});

test("answers add up, faults keep their numbers, and the first ten are kept", () => {
  const batch = (count: number) => ({
    received: count,
    stored: 0,
    faulty: count,
    faults: Array.from({ length: count }, (_, index) => ({ number: index + 1, error: "no" })),
  });
  const sum = added(added(added(NONE, batch(3)), batch(4)), batch(5));
  assertEquals({ received: sum.received, faulty: sum.faulty }, { received: 12, faulty: 12 });
  assertEquals(sum.faults.map((it) => it.number), [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
});
