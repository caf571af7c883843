// Points and boxes on earth, drawn with poles, the antimeridian and their neighbourhood among them.

import type { Box } from "../../../src/server/readers/area.ts";
import fc from "../properties.ts";

/** Degrees from minus `most` to `most`, to a millionth. */
const degree = (most: number) =>
  fc.oneof(
    fc.double({ min: -most, max: most, noNaN: true }),
    fc.integer({ min: -most, max: most }),
    fc.constantFrom(-most, most, 0, most - 0.001, 0.001 - most),
  ).map((it) => Math.round(it * 1e6) / 1e6);

/** A point. */
export const point = fc.record({ latitude: degree(90), longitude: degree(180) });

/** A box, over the antimeridian as often as not. */
export const box: fc.Arbitrary<Box> = fc.tuple(degree(180), degree(180), degree(90), degree(90))
  .map(
    ([west, east, a, b]) => ({ west, east, south: Math.min(a, b), north: Math.max(a, b) }),
  );
