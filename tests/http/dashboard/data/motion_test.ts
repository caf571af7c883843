import { assertAlmostEquals, assertEquals } from "@std/assert";
import { motionOf } from "../../../../src/http/dashboard/data/motion.ts";
import { parsePlaces } from "../../../../src/http/dashboard/data/places.ts";
import { project } from "../../../../src/http/dashboard/map/projection.ts";

/** A trail of `[seconds, latitude, longitude]`. */
function trail(...points: [number, number, number][]) {
  return points.map(([seconds, latitude, longitude]) => {
    const [x, y] = project(longitude, latitude);
    return { x, y, atMs: 1000 * seconds };
  });
}

Deno.test("motionOf() tells how fast and which way", () => {
  // A thousandth of a degree of latitude is 111 m.
  const motion = motionOf(trail([10, 0, 0], [20, 0.001, 0], [30, 0.002, 0]), 31_000);
  assertEquals(motion.kind, "moves");
  if (motion.kind !== "moves") return;
  assertAlmostEquals(motion.metresPerSecond, 11.1, 0.1);
  assertEquals(motion.direction, "north");
});

Deno.test("motionOf() knows what stands, jumps, and what nobody can tell", () => {
  const kind = (seconds: number, ...points: [number, number, number][]) =>
    motionOf(trail(...points), 1000 * seconds).kind;
  assertEquals(kind(31, [10, 5, 5], [30, 5, 5]), "stands");
  assertEquals(kind(31, [10, 5, 5], [30, 6, 5]), "jumped");
  assertEquals(kind(31), "unknown");
  assertEquals(kind(31, [30, 5, 5]), "unknown");
  // Since when it was where it was at first is not known.
  assertEquals(kind(31, [0, 5, 5], [30, 5.001, 5]), "unknown");
  assertEquals(kind(200, [10, 5, 5], [30, 5.001, 5]), "unknown");
  assertEquals(kind(201, [10, 5, 5], [200, 5.001, 5]), "unknown");
});

Deno.test("parsePlaces() takes what is of use, the nearest first", () => {
  const client = { lat: 1, lon: 1 } as Parameters<typeof parsePlaces>[1];
  const place = (name: unknown, lat: unknown) => ({
    name,
    geometry: { location: { lat, lng: 1 } },
  });
  const results = [place("far", 1.01), place("near", 1), place(7, 1), place("odd", "1"), null, {}];
  assertEquals(parsePlaces(results, client).map((it) => [it.name, Math.round(it.metres)]), [
    ["near", 0],
    ["far", 1112],
  ]);
  assertEquals(parsePlaces(undefined, client), []);
});
