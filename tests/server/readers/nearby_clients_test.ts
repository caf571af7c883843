import { assert, assertEquals } from "@std/assert";
import fc from "../../support/properties.ts";
import { NearbyClients } from "../../../src/server/readers/nearby_clients.ts";
import { Pace } from "../../../src/server/turns/pace.ts";
import { SystemClock } from "../../../src/server/system.ts";
import { Store } from "../../../src/store/store.ts";
import { SteppingPace } from "../../support/fakes/stepping_pace.ts";
import { storeChange, tell } from "../../support/herds/records.ts";

const pace = new Pace(new SystemClock());

const UCLA = { latitude: 34.06893, longitude: -118.445127 };
const query = { centre: UCLA, metres: 100_000, limit: 10 };

/** The ids of the nearest clients and their distances in whole kilometres. */
function find(nearby: NearbyClients, store: Store): Promise<string[]> {
  return nearby.find(query, (record, metres) => {
    const { bytes, clientStart, clientEnd } = store.read(record);
    const id = new TextDecoder().decode(bytes.subarray(clientStart, clientEnd));
    return `${id} ${Math.round(metres / 1000)}`;
  });
}

Deno.test("NearbyClients.find() follows clients as they come, move and are forgotten", async () => {
  const store = new Store("feed", 1);
  using nearby = new NearbyClients(store, pace);
  assertEquals(await find(nearby, store), []);
  tell(store, "kiwi +34.068930-118.445127 1");
  tell(store, "downtown +34.05-118.25 1");
  tell(store, "tokyo +35.68+139.69 1");
  assertEquals(await find(nearby, store), ["kiwi 0", "downtown 18"]);
  tell(store, "kiwi +35.68+139.69 2");
  tell(store, "tokyo +34.06-118.44 2");
  assertEquals(await find(nearby, store), ["tokyo 1", "downtown 18"]);
  tell(store, "downtown - 3");
  assertEquals(await find(nearby, store), ["tokyo 1"]);
});

Deno.test("NearbyClients.find() leaves out what has expired", async () => {
  const store = new Store("feed", 1);
  using nearby = new NearbyClients(store, pace);
  tell(store, "old +34.06-118.44 10");
  tell(store, "new +34.06-118.44 20");
  assertEquals((await find(nearby, store)).length, 2);
  store.horizon = 15;
  assertEquals(await find(nearby, store), ["new 1"]);
  store.sweep(100);
  tell(store, "next +34.07-118.44 30");
  assertEquals((await find(nearby, store)).sort(), ["new 1", "next 0"]);
});

Deno.test("NearbyClients.find() serves several callers at one time", async () => {
  const store = new Store("feed", 1);
  using nearby = new NearbyClients(store, pace);
  for (let i = 0; i < 20_000; i++) tell(store, `c${i} +34.06-118.44 1`);
  const found = await Promise.all([find(nearby, store), find(nearby, store)]);
  assertEquals(found.map((it) => it.length), [10, 10]);
});

Deno.test("NearbyClients.find() finds what a fresh reader does, whatever was dropped and came back", async () => {
  await fc.assert(fc.asyncProperty(fc.array(storeChange, { maxLength: 60 }), async (changes) => {
    const store = new Store("feed", 1);
    using nearby = new NearbyClients(store, pace);
    for (const change of changes) {
      change(store);
      using fresh = new NearbyClients(store, pace);
      assertEquals((await find(nearby, store)).sort(), (await find(fresh, store)).sort());
    }
  }));
});

Deno.test("NearbyClients.find() does its work in small pieces, however many are in one place", async () => {
  const store = new Store("feed", 1);
  for (let i = 0; i < 20_000; i++) tell(store, `c${i} +34.06-118.44 10`);
  const pace = new SteppingPace();
  using nearby = new NearbyClients(store, pace);
  await find(nearby, store);
  const reading = Math.floor(20_000 / 64);
  assert(pace.pieces > reading, `${pace.pieces} pieces`);
  pace.pieces = 0;
  await find(nearby, store);
  assert(pace.pieces >= 20_000 / 2_048, `${pace.pieces} pieces of a search`);
  pace.pieces = 0;
  store.horizon = 5;
  await find(nearby, store);
  assert(pace.pieces >= 2 * Math.floor(20_000 / 2_048), `${pace.pieces} pieces with a look at all`);
});

Deno.test("NearbyClients.find() knows no dropped client, whatever the horizon does", async () => {
  const store = new Store("feed", 1);
  using nearby = new NearbyClients(store, pace);
  tell(store, "one +34.06-118.44 10");
  tell(store, "two +34.06-118.44 20");
  assertEquals((await find(nearby, store)).length, 2);
  // A clock that jumps ahead and back between two searches: everything is dropped.
  store.horizon = 100;
  store.sweep(10);
  store.horizon = 0;
  using _reader = store.feed.readFrom(0);
  assertEquals(await find(nearby, store), []);
  tell(store, "three +34.06-118.44 30");
  assertEquals(await find(nearby, store), ["three 1"]);
  // One that is looked at while it is ahead: what was not dropped is there again.
  store.horizon = 100;
  assertEquals(await find(nearby, store), []);
  store.horizon = 0;
  assertEquals(await find(nearby, store), ["three 1"]);
});

Deno.test("NearbyClients.find() gives clients where they are at its end", async () => {
  const store = new Store("feed", 1);
  ["near +34.06-118.44", "gone +34.06-118.44", "away +34.06-118.44", "old +34.06-118.44"]
    .forEach((it, at) => tell(store, `${it} ${at + 1}0`));
  // Few records are read without a pause: the first one is before the search.
  const pace = new SteppingPace((piece) => {
    if (piece !== 1) return;
    tell(store, "near +34.05-118.25 50");
    tell(store, "gone - 50");
    tell(store, "away +0+0 50");
  });
  using nearby = new NearbyClients(store, pace);
  assertEquals(await find(nearby, store), ["old 1", "near 18"]);
  assertEquals(await find(nearby, store), ["old 1", "near 18"]);
});

Deno.test("NearbyClients.find() ends at what a fresh reader finds, whatever happens in its pauses", async () => {
  await fc.assert(fc.asyncProperty(fc.array(storeChange, { maxLength: 60 }), async (changes) => {
    const store = new Store("feed", 1);
    const left = changes.values();
    using nearby = new NearbyClients(store, new SteppingPace(() => left.next().value?.(store)));
    for (let i = 0; i < 200; i++) tell(store, `many${i} +34.${1000 + i}-118.44 ${i % 20}`);
    for (let round = 0; round < changes.length; round++) await find(nearby, store);
    using fresh = new NearbyClients(store, pace);
    assertEquals((await find(nearby, store)).sort(), (await find(fresh, store)).sort());
  }));
});
