import { assert, assertEquals } from "@std/assert";
import fc from "../support/properties.ts";
import { around } from "geokdbush";
import KDBush from "kdbush";
import { EARTH_RADIUS_METRES } from "../../src/base/earth.ts";
import { PlaceIndex } from "../../src/places/place_index.ts";
import type { Coordinates } from "../../src/protocol/location.ts";

/** The radius in kilometres that geokdbush has. */
const GEOKDBUSH_RADIUS_KM = 6371;

/** The distance by another formula than the index has: the angle between two vectors. */
function metres(a: Coordinates, b: Coordinates): number {
  const [p, q] = [vector(a), vector(b)];
  const cross = Math.hypot(
    p[1] * q[2] - p[2] * q[1],
    p[2] * q[0] - p[0] * q[2],
    p[0] * q[1] - p[1] * q[0],
  );
  const dot = p[0] * q[0] + p[1] * q[1] + p[2] * q[2];
  return EARTH_RADIUS_METRES * Math.atan2(cross, dot);
}

function vector({ latitude, longitude }: Coordinates): [number, number, number] {
  const [phi, lambda] = [latitude * Math.PI / 180, longitude * Math.PI / 180];
  return [
    Math.cos(phi) * Math.cos(lambda),
    Math.cos(phi) * Math.sin(lambda),
    Math.sin(phi),
  ];
}

const at = (latitude: number, longitude: number): Coordinates => ({ latitude, longitude });

/** Within a few kilometres of each other more often than not, and of the edges of the map. */
const near = (centre: number, limit: number) =>
  fc.double({ min: -0.4, max: 0.4, noNaN: true }).map((it) =>
    Math.max(-limit, Math.min(limit, centre + it))
  );
const coordinates = fc.oneof(
  fc.record({ latitude: near(34, 90), longitude: near(-118, 180) }),
  fc.record({ latitude: near(-17, 90), longitude: fc.oneof(near(180, 180), near(-180, 180)) }),
  fc.record({
    latitude: fc.oneof(near(90, 90), near(-90, 90)),
    longitude: fc.double({ min: -180, max: 180, noNaN: true }),
  }),
);
const radius = fc.oneof(
  fc.double({ min: 0, max: 50_000, noNaN: true }),
  fc.constantFrom(0, 4_000, 50_000),
);

Deno.test("nearest() gives all points within the radius, the nearest first", () => {
  const points = fc.array(coordinates, { maxLength: 200 });
  fc.assert(fc.property(points, coordinates, radius, (points, centre, radius) => {
    const found = PlaceIndex.of(points).nearest(centre, radius, points.length);
    const distances = found.map((it) => metres(points[it]!, centre));
    assert(distances.every((it) => it <= radius + 1e-3), "one is too far away");
    assert(distances.every((it, i) => i === 0 || it >= distances[i - 1]! - 1e-3), "out of order");
    const missing = points.filter((it, i) =>
      metres(it, centre) < radius - 1e-3 && !found.includes(i)
    );
    assertEquals(missing, []);
    assertEquals(new Set(found).size, found.length);
  }));
});

Deno.test("nearest() gives the same as geokdbush, and its beginning when bounded", () => {
  const points = fc.uniqueArray(coordinates, {
    minLength: 1,
    maxLength: 200,
    selector: ({ latitude, longitude }) => `${latitude.toFixed(5)},${longitude.toFixed(5)}`,
  });
  fc.assert(
    fc.property(points, coordinates, radius, fc.nat({ max: 20 }), (points, at, radius, bound) => {
      const tree = new KDBush(points.length);
      for (const it of points) tree.add(it.longitude, it.latitude);
      const radiusKm = radius * GEOKDBUSH_RADIUS_KM / EARTH_RADIUS_METRES;
      const others = around(tree.finish(), at.longitude, at.latitude, Infinity, radiusKm);
      const index = PlaceIndex.of(points);
      const all = index.nearest(at, radius, points.length);
      const distances = (found: number[]) => found.map((it) => Math.round(metres(points[it]!, at)));
      // Nearer than a metre, geokdbush loses to rounding what is on the antimeridian.
      if (radius > 1) assertEquals(distances(all), distances(others));
      assertEquals(index.nearest(at, radius, bound), all.slice(0, bound));
    }),
  );
});

Deno.test("nearest() looks over the antimeridian, from both sides and on it", () => {
  const points = [at(-16.8, 179.95), at(-16.8, -179.95), at(-16.8, 180), at(-16.8, -180)];
  const index = PlaceIndex.of(points);
  assertEquals(index.nearest(at(-16.8, 179.99), 20_000, 20), [2, 3, 0, 1]);
  assertEquals(index.nearest(at(-16.8, -179.99), 20_000, 20), [2, 3, 1, 0]);
  assertEquals(index.nearest(at(-16.8, 180), 0, 20), [2, 3]);
  assertEquals(index.nearest(at(-16.8, -180), 0, 20), [2, 3]);
});

Deno.test("nearest() looks over the poles", () => {
  for (const pole of [90, -90]) {
    const points = [at(pole * 0.9999, 0), at(pole * 0.9998, 180), at(pole * 0.99, 90)];
    const index = PlaceIndex.of(points);
    assertEquals(index.nearest(at(pole, 77), 30_000, 20), [0, 1]);
    assertEquals(index.nearest(at(pole * 0.9999, 180), 30_000, 20), [1, 0]);
  }
});

Deno.test("nearest() with radius 0 gives what is at that very point", () => {
  const index = PlaceIndex.of([at(34.5, -118.25), at(34.50001, -118.25), at(34.5, -118.25)]);
  assertEquals(index.nearest(at(34.5, -118.25), 0, 20), [0, 2]);
});

Deno.test("nearest() of no points is nothing", () => {
  assertEquals(PlaceIndex.of([]).nearest(at(0, 0), 50_000, 20), []);
});

Deno.test("ofSorted() finds what of() finds", () => {
  const steps = fc.integer({ min: -50_000, max: 50_000 });
  fc.assert(fc.property(
    fc.array(fc.tuple(steps, steps), { minLength: 1, maxLength: 300 }),
    (points) => {
      const tree = new KDBush(points.length, 16, Int32Array);
      for (const [x, y] of points) tree.add(x, y);
      tree.finish();
      const sorted = PlaceIndex.ofSorted(Int32Array.from(tree.coords), 16, 100_000);
      const index = PlaceIndex.of(points.map(([x, y]) => at(y / 100_000, x / 100_000)));
      const found = sorted.nearest(at(0, 0), 40_000, 300).map((it) => tree.ids[it]!);
      assertEquals(found.toSorted(), index.nearest(at(0, 0), 40_000, 300).toSorted());
    },
  ));
});

/** A grid of a town, each spot with up to three points: many are equally near. */
const crowded = fc.array(
  fc.record({
    latitude: fc.integer({ min: -6, max: 6 }).map((it) => 34 + it / 1_000),
    longitude: fc.integer({ min: -6, max: 6 }).map((it) => (it < 0 ? 180 : -180) + it / 1_000),
  }),
  { maxLength: 400 },
);

Deno.test("nearest() gives the lowest of points that are equally near, with any bound and radius", () => {
  const centre = at(34, 180);
  fc.assert(fc.property(
    crowded,
    fc.double({ min: 0, max: 2_000, noNaN: true }),
    fc.nat({ max: 30 }),
    (points, radius, bound) => {
      const index = PlaceIndex.of(points);
      const all = index.nearest(centre, radius, points.length);
      const key = (it: number) => Math.round(metres(points[it]!, centre) * 1e3);
      const expected = points.map((_, i) => i).filter((it) => all.includes(it))
        .toSorted((a, b) => key(a) - key(b) || a - b);
      assertEquals(all.map(key), expected.map(key));
      for (const [i, it] of points.entries()) {
        const distance = metres(it, centre);
        if (Math.abs(distance - radius) > 1e-3) assertEquals(all.includes(i), distance < radius);
      }
      assertEquals(index.nearest(centre, radius, bound), all.slice(0, bound));
    },
  ));
});

/** An index of points in one town of some 5 km, and how many a search of it looks at. */
function town(size: number) {
  const tree = new KDBush(size);
  for (let i = 0; i < size; i++) {
    // The golden ratio and a root spread them evenly.
    tree.add(-118 + (i * 0.618033988749895 % 1) / 20, 34 + (i * 0.414213562373095 % 1) / 20);
  }
  tree.finish();
  let reads = 0;
  const coordinates = new Proxy(tree.coords, {
    get(target, name) {
      if (name === "length") return target.length;
      reads++;
      return target[Number(name)];
    },
  });
  const index = PlaceIndex.ofSorted(coordinates, 64, 1);
  return (bound: number, radius = 50_000) => {
    reads = 0;
    assertEquals(index.nearest(at(34.021, -117.978), radius, bound).length, bound);
    // Each has two coordinates; where the tree parts, one of them is read again.
    return reads / 2;
  };
}

Deno.test("nearest() looks at some of many points: the bound says at how many, not the density", () => {
  const [sparse, dense] = [town(20_000), town(200_000)];
  for (const search of [sparse, dense]) {
    assert(search(1) < 700, `${search(1)} for one`);
    assert(search(20) < 1_400, `${search(20)} for twenty`);
    assert(search(20, 4_000) < 1_400, `${search(20, 4_000)} for twenty, in a smaller circle`);
  }
});

Deno.test("nearest() gives the lowest of many points in one spot", () => {
  const points = Array.from({ length: 5_000 }, () => at(34, -118));
  const index = PlaceIndex.of(points);
  assertEquals(index.nearest(at(34.01, -118.01), 50_000, 3), [0, 1, 2]);
});
