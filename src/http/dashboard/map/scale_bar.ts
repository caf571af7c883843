// A bar as long as a round number of kilometres in the middle of the map.

import { metresBetween } from "./geo.ts";
import { unproject } from "./projection.ts";
import type { View } from "./view.ts";

/** The bar is at most so long, in CSS pixels. */
const MAX_PIXELS = 110;

/** Length of a bar, and its label. */
export interface Scale {
  readonly metres: number;
  readonly pixels: number;
}

/** The scale of a view; undefined where its middle is outside of the world. */
export function scaleOf(view: View): Scale | undefined {
  const [px, py] = [view.width / 2, view.height / 2];
  const at = (x: number) => {
    const units = view.toUnits(x, py);
    return unproject(units.x, units.y);
  };
  // From afar the scale is not the same everywhere: that of a few pixels in the middle counts.
  const step = Math.min(MAX_PIXELS, view.k * 4);
  const [a, b] = [at(px - step / 2), at(px + step / 2)];
  if (a === undefined || b === undefined) return undefined;
  const across = metresBetween(
    { longitude: a[0], latitude: a[1] },
    { longitude: b[0], latitude: b[1] },
  );
  if (!(across > 0)) return undefined;
  const metres = roundDown(across / step * MAX_PIXELS);
  return { metres, pixels: metres / across * step };
}

/** The greatest of 1, 2 and 5 times a power of ten that is not over a value. */
export function roundDown(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  const times = value / power;
  return (times >= 5 ? 5 : times >= 2 ? 2 : 1) * power;
}
