import { assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { NearbyClients } from "../../../src/server/readers/nearby_clients.ts";
import { Store } from "../../../src/store/store.ts";
import { storeChange, tell } from "../../support/herds/records.ts";

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
  using nearby = new NearbyClients(store);
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
  using nearby = new NearbyClients(store);
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
  using nearby = new NearbyClients(store);
  for (let i = 0; i < 20_000; i++) tell(store, `c${i} +34.06-118.44 1`);
  const found = await Promise.all([find(nearby, store), find(nearby, store)]);
  assertEquals(found.map((it) => it.length), [10, 10]);
});

Deno.test("NearbyClients.find() finds what a fresh reader does, whatever was dropped and came back", async () => {
  await fc.assert(fc.asyncProperty(fc.array(storeChange, { maxLength: 60 }), async (changes) => {
    const store = new Store("feed", 1);
    using nearby = new NearbyClients(store);
    for (const change of changes) {
      change(store);
      using fresh = new NearbyClients(store);
      assertEquals((await find(nearby, store)).sort(), (await find(fresh, store)).sort());
    }
  }));
});
