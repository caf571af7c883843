// The map's projection: Natural Earth, the whole world about 1,000 units wide around (0, 0). Zooming is
// a scale and a shift of these units, so a client is projected once for each move, not for each frame.

import { geoNaturalEarth1 } from "d3-geo";

/** Half of the world's width in units, a little rounded up. */
export const HALF_WIDTH = 500;
export const HALF_HEIGHT = 260;

/** d3's projection, for paths. */
export const projection = geoNaturalEarth1().translate([0, 0]).scale(HALF_WIDTH / 2.74)
  .precision(0.2);

/** Units of a point in degrees. */
export function project(longitude: number, latitude: number): [x: number, y: number] {
  return projection([longitude, latitude]) ?? [0, 0];
}

/** Degrees of a point in units, or undefined outside of the world. */
export function unproject(x: number, y: number): [longitude: number, latitude: number] | undefined {
  const point = projection.invert!([x, y]);
  if (point === null || Math.abs(point[0]) > 180 || Math.abs(point[1]) > 90) return undefined;
  return point;
}
