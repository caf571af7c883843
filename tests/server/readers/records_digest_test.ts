import { assert, assertEquals, assertMatch, assertNotEquals } from "@std/assert";
import fc from "../../support/properties.ts";
import { RecordsDigest } from "../../../src/server/readers/records_digest.ts";
import { Pace } from "../../../src/server/turns/pace.ts";
import { SystemClock } from "../../../src/server/system.ts";
import { Store } from "../../../src/store/store.ts";
import { SteppingPace } from "../../support/fakes/stepping_pace.ts";
import { storeChange, tell } from "../../support/herds/records.ts";

const pace = new Pace(new SystemClock());

async function digestOf(store: Store): Promise<string> {
  using digest = new RecordsDigest(store, pace);
  return (await digest.compute()).digest;
}

const lines = ["a +1+1 1", "a +2+2 2", "b +1+1 1", "b - 5", "c +0+0 3", "c +0+0 3.5", "d +9-9 4"];

Deno.test("RecordsDigest.compute() tells nothing of the order in which updates came", async () => {
  await fc.assert(fc.asyncProperty(
    fc.shuffledSubarray(lines, { minLength: lines.length }),
    async (shuffled) => {
      const one = new Store("one", 1);
      const other = new Store("other", 2);
      lines.forEach((it) => tell(one, it));
      shuffled.forEach((it) => tell(other, it));
      assertEquals(await digestOf(one), await digestOf(other));
    },
  ));
});

Deno.test("RecordsDigest.compute() is another one when any record is", async () => {
  const seen = new Set<string>();
  for (let left = 0; left < lines.length; left++) {
    const store = new Store("feed", 1);
    lines.slice(0, left + 1).forEach((it) => tell(store, it));
    seen.add(await digestOf(store));
  }
  seen.add(await digestOf(new Store("feed", 1)));
  assertEquals(seen.size, lines.length + 1);
  assertEquals(await digestOf(new Store("feed", 1)), "0".repeat(16));
});

Deno.test("RecordsDigest.compute() goes on from what it knows, as if it knew nothing", async () => {
  const store = new Store("feed", 1);
  using digest = new RecordsDigest(store, pace);
  for (let i = 0; i < 3_000; i++) {
    tell(store, `c${i % 1_500} +1+1 ${i}`);
    if (i % 500 === 0) assertEquals((await digest.compute()).digest, await digestOf(store));
  }
  const { records, position } = await digest.compute();
  assertEquals({ records, position }, { records: 1_500, position: store.feed.end });
});

Deno.test("RecordsDigest.compute() leaves out what has expired, dropped or not", async () => {
  const store = new Store("feed", 1);
  using digest = new RecordsDigest(store, pace);
  ["old +1+1 1", "older +1+1 2", "new +1+1 9"].forEach((it) => tell(store, it));
  const before = await digest.compute();
  store.horizon = 5;
  const after = await digest.compute();
  assertNotEquals(after.digest, before.digest);
  assertMatch(after.digest, /^[\da-f]{16}$/);
  assertEquals(after.records, 1);
  store.sweep(10);
  assertEquals(await digest.compute(), after);
  const fresh = new Store("feed", 1);
  tell(fresh, "new +1+1 9");
  assertEquals(await digestOf(fresh), after.digest);
});

Deno.test("RecordsDigest.compute() is that of a fresh reader, whatever was dropped and came back", async () => {
  await fc.assert(fc.asyncProperty(fc.array(storeChange, { maxLength: 60 }), async (changes) => {
    const store = new Store("feed", 1);
    using digest = new RecordsDigest(store, pace);
    for (const change of changes) {
      change(store);
      assertEquals((await digest.compute()).digest, await digestOf(store));
    }
  }));
});

Deno.test("RecordsDigest.compute() knows no dropped record, whatever the horizon does", async () => {
  const store = new Store("feed", 1);
  using digest = new RecordsDigest(store, pace);
  tell(store, "a +1+1 1");
  tell(store, "b +1+1 2");
  const before = await digest.compute();
  store.horizon = 5;
  assertEquals((await digest.compute()).records, 0);
  store.horizon = 0;
  assertEquals(await digest.compute(), before);
  store.horizon = 5;
  store.sweep(10);
  store.horizon = 0;
  const { records, digest: text } = await digest.compute();
  assertEquals([records, text], [0, "0".repeat(16)]);
});

Deno.test("RecordsDigest.compute() does its work in small pieces, of a horizon that moves on too", async () => {
  const store = new Store("feed", 1);
  for (let i = 1; i <= 10_000; i++) tell(store, `c${i} +1+1 ${i}`);
  const pace = new SteppingPace((piece) => store.horizon = Math.min(piece, 500));
  using digest = new RecordsDigest(store, pace);
  const { records } = await digest.compute();
  assertEquals(records, 10_001 - store.horizon);
  assert(pace.pieces >= 10_000 / 64, `${pace.pieces} pieces`);
});

Deno.test("RecordsDigest.compute() ends at what a fresh reader computes, whatever happens in its pauses", async () => {
  await fc.assert(fc.asyncProperty(fc.array(storeChange, { maxLength: 60 }), async (changes) => {
    const store = new Store("feed", 1);
    const left = changes.values();
    using digest = new RecordsDigest(store, new SteppingPace(() => left.next().value?.(store)));
    for (let i = 0; i < 200; i++) tell(store, `many${i} +1+1 ${i % 20}`);
    for (let round = 0; round < changes.length; round++) {
      const { records, position } = await digest.compute();
      assert(records <= store.records && position === store.feed.end);
    }
    assertEquals((await digest.compute()).digest, await digestOf(store));
  }));
});
