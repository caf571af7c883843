import { assertAlmostEquals, assertEquals } from "@std/assert";
import { bearing, directionWord, metresBetween } from "../../../../src/http/dashboard/map/geo.ts";
import { LabelSpace, textBox } from "../../../../src/http/dashboard/map/label_space.ts";
import { roundDown, scaleOf } from "../../../../src/http/dashboard/map/scale_bar.ts";
import { View } from "../../../../src/http/dashboard/map/view.ts";

const LONDON = { latitude: 51.5, longitude: -0.1 };
const PARIS = { latitude: 48.86, longitude: 2.35 };

Deno.test("metresBetween() and bearing() are as on a globe", () => {
  assertAlmostEquals(metresBetween(LONDON, PARIS) / 1000, 342, 3);
  assertAlmostEquals(bearing(LONDON, PARIS), 148, 1);
  const antipodes = metresBetween({ latitude: 0, longitude: 0 }, { latitude: 0, longitude: 180 });
  assertAlmostEquals(antipodes / 1000, 20_015, 20);
  assertAlmostEquals(
    metresBetween({ latitude: 0, longitude: 179.9 }, { latitude: 0, longitude: -179.9 }) / 1000,
    22.2,
    0.1,
  );
});

Deno.test("directionWord() names the nearest of eight directions", () => {
  assertEquals([0, 22, 23, 90, 180, 269, 315, 337, 338, 360].map(directionWord), [
    "north",
    "north",
    "north-east",
    "east",
    "south",
    "west",
    "north-west",
    "north-west",
    "north",
    "north",
  ]);
});

Deno.test("a scale bar is of a round length that fits", () => {
  assertEquals([1, 1.9, 2, 4.9, 5, 9.9, 10, 0.3].map(roundDown), [1, 1, 2, 2, 5, 5, 10, 0.2]);
  const view = new View();
  view.resize(800, 600);
  for (const zoom of [1, 7, 300, 4_000]) {
    view.jumpTo(0, 0, zoom);
    const { metres, pixels } = scaleOf(view)!;
    assertEquals(pixels > 30 && pixels <= 111, true, `${pixels} pixels at ${zoom}`);
    // In the middle of this projection a unit is 0.87 of a degree along the equator, or so.
    const metresAPixel = metres / pixels;
    assertAlmostEquals(metresAPixel * view.k / 1000, 40, 5);
  }
});

Deno.test("LabelSpace gives each place once", () => {
  const space = new LabelSpace();
  assertEquals(space.take(textBox(50, { x: 10, y: 10 })), true);
  assertEquals(space.take(textBox(50, { x: 59, y: 20 })), false);
  assertEquals(space.take(textBox(50, { x: 61, y: 20 })), true);
  assertEquals(space.take(textBox(50, { x: 10, y: 26 })), true);
  assertEquals(space.take(textBox(500, { x: -200, y: 12 })), false);
  assertEquals(space.take(textBox(50, { x: -100, y: -100 })), true);
});
