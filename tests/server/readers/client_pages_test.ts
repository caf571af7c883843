// Pages of areas against a plain look at every record, and what they cost.

import { assert, assertEquals } from "@std/assert";
import fc from "../../support/properties.ts";
import { parseLocation } from "../../../src/protocol/location.ts";
import { type Area, type Box, boxArea, circleArea } from "../../../src/server/readers/area.ts";
import { ClientPages, type Page } from "../../../src/server/readers/client_pages.ts";
import { NearbyClients } from "../../../src/server/readers/nearby_clients.ts";
import type { FeedPosition } from "../../../src/store/feed.ts";
import { Store } from "../../../src/store/store.ts";
import { SteppingPace } from "../../support/fakes/stepping_pace.ts";
import { tell } from "../../support/herds/records.ts";
import { box, point } from "../../support/reference/points.ts";

/** True if a point is in a box, by a walk along its circle of latitude from west on. */
function isInBox({ west, south, east, north }: Box, { latitude, longitude }: Coordinates): boolean {
  if (latitude < south || latitude > north) return false;
  if (Math.abs(latitude) === 90) return true;
  // -180 to 180 is all around, and not a single meridian.
  const width = west <= east ? east - west : east - west + 360;
  const from = longitude - west;
  return [from - 360, from, from + 360].some((it) => it >= 0 && it <= width + 1e-9);
}
type Coordinates = { readonly latitude: number; readonly longitude: number };

const signed = (it: number) => (it < 0 ? "-" : "+") + Math.abs(it).toFixed(6);

function idOf(store: Store, record: number): string {
  const { bytes, clientStart, clientEnd } = store.read(record);
  return new TextDecoder().decode(bytes.subarray(clientStart, clientEnd));
}

Deno.test("boxArea() contains what is between its sides, however one goes around", () => {
  fc.assert(fc.property(box, point, (sides, at) => {
    assertEquals(boxArea(sides).contains(at), isInBox(sides, at));
  }));
});

Deno.test("the bounds of an area hold all of its points", () => {
  fc.assert(fc.property(box, point, (sides, at) => {
    const { contains, bounds: { low, high } } = boxArea(sides);
    if (!contains(at)) return;
    const phi = at.latitude * Math.PI / 180, lambda = at.longitude * Math.PI / 180;
    const vector = [
      Math.cos(phi) * Math.cos(lambda),
      Math.cos(phi) * Math.sin(lambda),
      Math.sin(phi),
    ];
    for (const [axis, it] of vector.entries()) {
      assert(it >= low[axis]! - 1e-9 && it <= high[axis]! + 1e-9, `axis ${axis}`);
    }
  }));
});

interface World {
  readonly store: Store;
  readonly pages: ClientPages;
  readonly pace: SteppingPace;
  readonly nearby: NearbyClients;
}

function worldOf(): World {
  const store = new Store("feed", 1);
  const pace = new SteppingPace();
  const nearby = new NearbyClients(store, pace);
  return { store, pace, nearby, pages: new ClientPages({ store, pace, nearby }) };
}

const wants = () => true;

/** All pages; `between` is called after each one. */
async function allPages(
  { store, pages }: World,
  { area, limit, between }: { area: Area | undefined; limit: number; between?: () => void },
): Promise<string[]> {
  const ids: string[] = [];
  let after: FeedPosition | undefined;
  for (;;) {
    const page: Page<string> = await pages.page(
      { area, after, limit, wants },
      (it) => idOf(store, it),
    );
    assert(page.clients.length <= limit, "a page is no longer than its limit");
    ids.push(...page.clients);
    if (!page.hasMore) return ids;
    after = page.next;
    between?.();
  }
}

const change = fc.record({ id: fc.integer({ min: 0, max: 400 }), at: point, isGone: fc.boolean() });

Deno.test("ClientPages.page() gives each client of an area that stands still once", async () => {
  const area = fc.oneof(
    box.map((it) => boxArea(it)),
    fc.tuple(point, fc.double({ min: 0, max: 2e7, noNaN: true })).map(([centre, metres]) =>
      circleArea(centre, metres)
    ),
    fc.constant(undefined),
  );
  const changes = fc.array(change, { maxLength: 400 });
  const property = fc.asyncProperty(
    area,
    fc.integer({ min: 1, max: 4 }),
    changes,
    changes,
    async (area, limit, before, meanwhile) => {
      const world = worldOf();
      using _ = world.nearby;
      const { store } = world;
      let second = 0;
      const touched = new Set<string>();
      const apply = ({ id, at, isGone }: typeof before[number], isLater: boolean) => {
        if (isLater) touched.add(`c${id}`);
        const location = isGone ? "-" : signed(at.latitude) + signed(at.longitude);
        tell(store, `c${id} ${location} ${++second}`);
      };
      for (const it of before) apply(it, false);
      const rest = [...meanwhile];
      const between = () => rest.splice(0, 3).forEach((it) => apply(it, true));
      const given = await allPages(world, { area, limit, between });
      const inside: string[] = [];
      for (let record = 1; record < store.recordsEnd; record++) {
        if (!store.isRecord(record) || !store.isLocated(record)) continue;
        const { bytes, locationStart, locationEnd } = store.read(record);
        const at = parseLocation(bytes, locationStart, locationEnd);
        if (area === undefined || area.contains(at)) inside.push(idOf(store, record));
      }
      const counts = new Map<string, number>();
      for (const id of given) counts.set(id, (counts.get(id) ?? 0) + 1);
      for (const id of inside) assert(counts.has(id), `${id} is missing`);
      const still = given.filter((id) => !touched.has(id));
      assertEquals(still.toSorted(), inside.filter((id) => !touched.has(id)).toSorted());
    },
  );
  await fc.assert(property, { numRuns: 60 });
});

Deno.test("ClientPages.page() costs what it gives, in a crowd and in a desert", async () => {
  const world = worldOf();
  using _ = world.nearby;
  const { store, pace } = world;
  for (let i = 0; i < 50_000; i++) tell(store, `c${i} +10.${i % 1000}+10.${i % 777} 1`);
  for (let i = 0; i < 30; i++) tell(store, `far${i} -40.${i}-40.5 1`);
  const few = boxArea({ west: -41, south: -41, east: -40, north: -40 });
  const crowd = boxArea({ west: 9, south: 9, east: 12, north: 12 });
  // The grid is filled by the first look into the desert.
  assertEquals((await allPages(world, { area: few, limit: 30 })).length, 30);
  const costOf = async (area: Area) => {
    pace.pieces = 0;
    const page = await world.pages.page({ area, after: undefined, limit: 10, wants }, (it) => it);
    assertEquals(page.clients.length, 10);
    return pace.pieces;
  };
  const crowded = await costOf(crowd);
  assert(crowded <= 2, `${crowded} pieces of work in a crowd`);
  const deserted = await costOf(few);
  // 640 records of the feed in pieces of 32, and a cell or two of the grid.
  assert(deserted <= 40, `${deserted} pieces of work in a desert`);
});
