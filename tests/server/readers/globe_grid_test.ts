// The grid against looking at every point, at random and where maps have their seams.

import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import fc from "../../support/properties.ts";
import type { Coordinates } from "../../../src/protocol/location.ts";
import { EARTH_RADIUS_METRES } from "../../../src/base/earth.ts";
import { type Found, GlobeGrid } from "../../../src/server/readers/globe_grid.ts";
import { Chance } from "../../fuzz/chance.ts";

/** The distance along a great circle, by the haversine formula. */
function distance(a: Coordinates, b: Coordinates): number {
  const radians = Math.PI / 180;
  const halfPhi = (b.latitude - a.latitude) * radians / 2;
  const halfLambda = (b.longitude - a.longitude) * radians / 2;
  const h = Math.sin(halfPhi) ** 2 +
    Math.cos(a.latitude * radians) * Math.cos(b.latitude * radians) * Math.sin(halfLambda) ** 2;
  return 2 * EARTH_RADIUS_METRES * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** The result of work that is done without pauses. */
function finished<T>(work: Generator<void, T>): T {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

const nearest = (grid: GlobeGrid, ...query: Parameters<GlobeGrid["nearest"]>): Found[] =>
  finished(grid.nearest(...query));

const at = (latitude: number, longitude: number): Coordinates => ({ latitude, longitude });

/** Anywhere, and often where something could go wrong, or close to others. */
const coordinates = fc.oneof(
  fc.record({
    latitude: fc.double({ min: -90, max: 90, noNaN: true }),
    longitude: fc.double({ min: -180, max: 180, noNaN: true }),
  }),
  fc.record({
    latitude: fc.constantFrom(-90, -89.99, 0, 34, 34.001, 89.9, 90),
    longitude: fc.constantFrom(-180, -179.99, -118, 0, 1e-9, 179.999, 180),
  }),
);
const metres = fc.oneof(
  fc.double({ min: 0, max: 50_000, noNaN: true }),
  fc.constantFrom(0, 1, 1_000_000, 20_000_000, 21_000_000),
);

/** Items by random moves: put, put elsewhere, removed. */
const moves = fc.array(
  fc.record({
    item: fc.integer({ min: 1, max: 40 }),
    to: fc.option(coordinates, { nil: undefined, freq: 5 }),
  }),
  { maxLength: 120 },
);

Deno.test("GlobeGrid.nearest() finds what looking at every point finds", () => {
  fc.assert(fc.property(
    moves,
    coordinates,
    metres,
    fc.integer({ min: 1, max: 50 }),
    (moves, centre, metres, limit) => {
      const grid = new GlobeGrid();
      const plain = new Map<number, Coordinates>();
      for (const { item, to } of moves) {
        if (to === undefined) {
          grid.remove(item);
          plain.delete(item);
        } else {
          grid.put(item, to);
          plain.set(item, to);
        }
      }
      assertEquals(grid.size, plain.size);
      const found = nearest(grid, centre, metres, limit);
      const distances = [...plain.values()].map((it) => distance(centre, it)).sort((a, b) => a - b);
      // Just at the edge, one or the other may round differently.
      const inside = distances.filter((it) => it <= metres * (1 - 1e-9) - 1e-3).length;
      const touching = distances.filter((it) => it <= metres * (1 + 1e-9) + 1e-3).length;
      assert(found.length >= Math.min(inside, limit), `${found.length} of ${inside}`);
      assert(found.length <= Math.min(touching, limit), `${found.length} of ${touching}`);
      assertEquals(new Set(found.map((it) => it.item)).size, found.length);
      found.forEach(({ item, metres }, index) => {
        // The haversine formula loses about half of its digits at the other end of the world.
        const tolerance = distances[index]! > 19_900_000 ? 10 : 1e-3;
        assertAlmostEquals(metres, distances[index]!, tolerance);
        assertAlmostEquals(metres, distance(centre, plain.get(item)!), tolerance);
      });
    },
  ));
});

/** Corners of the grid and of the map: where the axes meet the globe, and a city. */
const CORNERS = [at(90, 0), at(-90, 0), at(0, 0), at(0, 90), at(0, 180), at(0, -90), at(34, -118)];

Deno.test("GlobeGrid.nearest() finds what looking at every point finds, among very many", () => {
  const grid = new GlobeGrid();
  const chance = new Chance(1);
  const random = () => chance.below(2 ** 32) / 2 ** 32;
  const points: Coordinates[] = [];
  for (let item = 1; item <= 14_000; item++) {
    const corner = CORNERS[item % CORNERS.length]!;
    const point = at(
      Math.min(90, Math.max(-90, corner.latitude + (random() - 0.5) * 3)),
      // Near a pole any longitude is near.
      Math.abs(corner.latitude) === 90
        ? random() * 360 - 180
        : wrapped(corner.longitude + (random() - 0.5) * 3),
    );
    points.push(point);
    grid.put(item, point);
  }
  for (let round = 0; round < 60; round++) {
    const centre = points[Math.floor(random() * points.length)]!;
    const metres = random() ** 3 * 300_000;
    const limit = 1 + Math.floor(random() ** 2 * 3_000);
    const expected = points.map((it) => distance(centre, it)).filter((it) => it <= metres)
      .sort((a, b) => a - b).slice(0, limit);
    const found = nearest(grid, centre, metres, limit);
    const where = `${JSON.stringify(centre)}, ${metres} m`;
    assertEquals(found.length, expected.length, where);
    const worst = Math.max(0, ...found.map((it, index) => Math.abs(it.metres - expected[index]!)));
    assert(worst < 1e-3, where);
  }
});

function wrapped(longitude: number): number {
  return longitude > 180 ? longitude - 360 : longitude;
}

Deno.test("GlobeGrid.nearest() looks across the antimeridian and over the poles", () => {
  const grid = new GlobeGrid();
  const places = [at(0, 179.99), at(0, -179.99), at(89.99, 0), at(89.99, 180), at(-90, 77)];
  places.forEach((place, index) => grid.put(index + 1, place));
  const items = (centre: Coordinates, metres: number) =>
    nearest(grid, centre, metres, 10).map((it) => it.item);
  assertEquals(items(at(0, 179.995), 2_000), [1, 2]);
  assertEquals(items(at(89.995, 0), 2_000), [3, 4]);
  assertEquals(items(at(-90, -120), 0), [5]);
  assertEquals(items(at(0, 0), 10_000_000), []);
});

Deno.test("GlobeGrid.nearest() gives the nearest ones of very many in one place", () => {
  const grid = new GlobeGrid();
  for (let item = 1; item <= 50_000; item++) grid.put(item, at(34 + item * 1e-7, -118));
  assertEquals(nearest(grid, at(34, -118), 1_000_000, 3).map((it) => it.item), [1, 2, 3]);
});

Deno.test("GlobeGrid.removeWhere() takes away what is gone, and only that", () => {
  const grid = new GlobeGrid();
  for (let item = 1; item <= 10; item++) grid.put(item, at(1, 1));
  finished(grid.removeWhere((item) => item % 2 === 0));
  assertEquals(grid.size, 5);
  const found = nearest(grid, at(1, 1), 10, 20).map((it) => it.item);
  assertEquals(found.sort((a, b) => a - b), [1, 3, 5, 7, 9]);
});
