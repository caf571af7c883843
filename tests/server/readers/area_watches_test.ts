// Watched areas against a plain reference: the state that a watcher builds from what it is told.

import { assert, assertEquals } from "@std/assert";
import fc from "../../support/properties.ts";
import { parseLocation } from "../../../src/protocol/location.ts";
import { type Area, type Box, boxArea, circleArea } from "../../../src/server/readers/area.ts";
import { AreaCells, MAX_CELLS } from "../../../src/server/readers/area_cells.ts";
import {
  AreaWatches,
  MAX_WATCHES,
  type Sight,
  type Watcher,
  type WatchHandle,
} from "../../../src/server/readers/area_watches.ts";
import { Store } from "../../../src/store/store.ts";
import { SteppingPace } from "../../support/fakes/stepping_pace.ts";
import { tell } from "../../support/herds/records.ts";
import { box, point } from "../../support/reference/points.ts";

const area: fc.Arbitrary<Area> = fc.oneof(
  box.map(boxArea),
  fc.tuple(point, fc.double({ min: 0, max: 2.1e7, noNaN: true })).map(([centre, metres]) =>
    circleArea(centre, metres)
  ),
);

const signed = (it: number) => (it < 0 ? "-" : "+") + Math.abs(it).toFixed(6);

function idOf(store: Store, record: number): string {
  const { bytes, clientStart, clientEnd } = store.read(record);
  return new TextDecoder().decode(bytes.subarray(clientStart, clientEnd));
}

Deno.test("AreaCells.at() gives every area that contains a point", () => {
  fc.assert(
    fc.property(area, point, (area, at) => {
      const cells = new AreaCells<{ area: Area }>();
      const thing = { area };
      cells.add(thing);
      if (area.contains(at)) assertEquals(cells.at(at).length, 1);
      cells.remove(thing);
      assertEquals(cells.at(at).length, 0);
    }),
    { numRuns: 300 },
  );
});

Deno.test("AreaCells.at() gives none of the areas that are elsewhere", () => {
  const cells = new AreaCells<{ area: Area }>();
  for (let i = 0; i < 100; i++) {
    cells.add({ area: boxArea({ west: i, south: 10, east: i + 0.5, north: 10.5 }) });
  }
  assert(cells.at({ latitude: 10.2, longitude: 50.2 }).length <= 3);
  assertEquals(cells.at({ latitude: 20, longitude: 50.2 }).length, 0);
});

Deno.test("AreaCells.add() puts every area into few cells, the whole world too", () => {
  const world = { west: -180, south: -90, east: 180, north: 90 };
  const table: [box: Box, cells: number][] = [
    [{ west: 10.5, south: 10.5, east: 10.5, north: 10.5 }, 2],
    [{ west: 0, south: 0, east: 17.5, north: 17.5 }, 342],
    [{ west: 0, south: 0, east: 40, north: 40 }, 30],
    [{ west: -180, south: 89.5, east: 180, north: 90 }, 360],
    [world, 8],
  ];
  for (const [box, expected] of table) {
    const cells = new AreaCells<{ area: Area }>();
    assertEquals(cells.add({ area: boxArea(box) }), expected, JSON.stringify(box));
  }
  fc.assert(fc.property(area, (area) => {
    assert(new AreaCells<{ area: Area }>().add({ area }) <= MAX_CELLS);
  }));
});

/** A client of a watch: knows who is in the area, and faults what cannot be. */
class Reader implements Watcher {
  readonly area: Area;
  readonly inside = new Set<string>();
  /** Sights that it takes at one time. */
  room = Infinity;
  readonly #store: Store;

  constructor(area: Area, store: Store) {
    this.area = area;
    this.#store = store;
  }

  wants(): boolean {
    return true;
  }

  see(sight: Sight, record: number): boolean {
    const id = idOf(this.#store, record);
    assertEquals({ id, sight, isInside: this.inside.has(id) }, {
      id,
      sight,
      isInside: sight !== "enter",
    });
    if (sight === "enter") this.inside.add(id);
    if (sight === "leave" || sight === "forget") this.inside.delete(id);
    return --this.room > 0;
  }

  lose(record: number): void {
    assert(this.inside.delete(idOf(this.#store, record)), "only who is inside is lost");
  }
}

/** Clients in an area, by a look at every record. */
function insiders(store: Store, area: Area): string[] {
  const ids: string[] = [];
  for (let record = 1; record < store.recordsEnd; record++) {
    if (!store.isRecord(record) || !store.isLocated(record)) continue;
    const { bytes, locationStart, locationEnd } = store.read(record);
    if (area.contains(parseLocation(bytes, locationStart, locationEnd))) {
      ids.push(idOf(store, record));
    }
  }
  return ids.toSorted();
}

const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ id: fc.integer({ min: 0, max: 20 }), at: point }) },
  { weight: 2, arbitrary: fc.record({ forget: fc.integer({ min: 0, max: 20 }) }) },
  { weight: 1, arbitrary: fc.record({ horizon: fc.integer({ min: 0, max: 60 }) }) },
  { weight: 1, arbitrary: fc.constant({ sweep: true }) },
  { weight: 4, arbitrary: fc.record({ look: fc.integer({ min: 1, max: 5 }) }) },
  { weight: 2, arbitrary: fc.constant({ visit: true }) },
);

Deno.test("AreaWatches.look() tells of every enter, leave and forget, whatever happens between looks", async () => {
  const property = fc.asyncProperty(
    area,
    area,
    fc.array(step, { maxLength: 120 }),
    async (a, b, steps) => {
      const store = new Store("feed", 1);
      using watches = new AreaWatches(store, new SteppingPace());
      const readers = [new Reader(a, store), new Reader(b, store)];
      const handles = readers.map((it) => watches.add(it)!);
      // Comes and goes while the others stay, and is told of who was heard of since.
      let guest: { reader: Reader; watch: WatchHandle; heard: Set<string> } | undefined;
      let second = 0;
      for (const it of steps) {
        if ("id" in it) {
          const { latitude, longitude } = it.at;
          tell(store, `c${it.id} ${signed(latitude)}${signed(longitude)} ${++second}`);
          guest?.heard.add(`c${it.id}`);
        } else if ("forget" in it) tell(store, `c${it.forget} - ${++second}`);
        else if ("horizon" in it) store.horizon = store.removalHorizon = it.horizon;
        else if ("sweep" in it) store.sweep(100);
        else if ("visit" in it) {
          guest?.watch[Symbol.dispose]();
          const reader = new Reader(a, store);
          guest = guest
            ? undefined
            : { reader, watch: watches.add(reader)!, heard: new Set<string>() };
        } else {
          await guest?.watch.look();
          readers[0]!.room = it.look;
          await handles[0]!.look();
        }
      }
      store.sweep(1_000);
      for (const [index, reader] of readers.entries()) {
        reader.room = Infinity;
        await handles[index]!.look();
        assertEquals([...reader.inside].toSorted(), insiders(store, reader.area));
      }
      await guest?.watch.look();
      const known = insiders(store, a).filter((it) => guest?.heard.has(it));
      assertEquals(known.filter((it) => !guest!.reader.inside.has(it)), []);
    },
  );
  await fc.assert(property, { numRuns: 150 });
});

Deno.test("AreaWatches.look() catches up with more than it keeps in order", async () => {
  const store = new Store("feed", 1);
  using watches = new AreaWatches(store, new SteppingPace());
  const reader = new Reader(boxArea({ west: 0, south: 0, east: 1, north: 1 }), store);
  using watch = watches.add(reader)!;
  const other = new Reader(boxArea({ west: 5, south: 5, east: 6, north: 6 }), store);
  using elsewhere = watches.add(other)!;
  for (let i = 0; i < 40_000; i++) tell(store, `c${i} +0.5+0.5 1`);
  await elsewhere.look();
  reader.room = 10;
  assertEquals(await watch.look(), undefined);
  assertEquals(reader.inside.size, 10);
  reader.room = Infinity;
  assertEquals(await watch.look(), store.feed.end);
  assertEquals(reader.inside.size, 40_000);
  assertEquals(other.inside.size, 0);
});

Deno.test("AreaWatches.add() takes 128 watches, and another one in place of each that ends", () => {
  const store = new Store("feed", 1);
  using watches = new AreaWatches(store, new SteppingPace());
  const reader = new Reader(boxArea({ west: 0, south: 0, east: 1, north: 1 }), store);
  const handles = Array.from({ length: MAX_WATCHES }, () => watches.add(reader));
  assert(handles.every((it) => it !== undefined));
  assertEquals(watches.add(reader), undefined);
  handles[7]![Symbol.dispose]();
  handles[7]![Symbol.dispose]();
  assert(watches.add(reader) !== undefined);
  assertEquals(watches.add(reader), undefined);
});

Deno.test("AreaWatches tells a watch in the place of one that ended of what that one had not seen", async () => {
  const store = new Store("feed", 1);
  using watches = new AreaWatches(store, new SteppingPace());
  const area = boxArea({ west: 0, south: 0, east: 1, north: 1 });
  using other = watches.add(new Reader(area, store))!;
  const ended = watches.add(new Reader(area, store))!;
  tell(store, "a +0.5+0.5 1");
  await other.look();
  ended[Symbol.dispose]();
  const reader = new Reader(area, store);
  using watch = watches.add(reader)!;
  tell(store, "a +0.6+0.6 2");
  await watch.look();
  assertEquals([...reader.inside], ["a"]);
});
