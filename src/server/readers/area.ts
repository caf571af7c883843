// Parts of the world: boxes of degrees and circles. An area tells which points are in it, and the bounds
// in which a grid has to look for them.

import { EARTH_RADIUS_METRES, RADIANS_PER_DEGREE } from "../../base/earth.ts";
import { type Coordinates, MAX_LATITUDE, MAX_LONGITUDE } from "../../protocol/location.ts";
import { ballBounds, type Bounds, chordOf, metresOf, vectorOf } from "./globe_grid.ts";

/** A part of the world. */
export interface Area {
  readonly bounds: Bounds;
  /** A box around it. */
  readonly box: Box;
  /** True if a point is in it; its edge belongs to it. */
  contains(point: Coordinates): boolean;
}

/** A box in degrees, as GeoJSON has it (RFC 7946, section 5): over the antimeridian if west > east. */
export interface Box {
  readonly west: number;
  readonly south: number;
  readonly east: number;
  readonly north: number;
}

/** The area of a box. A pole is in every box that reaches it, and 180 degrees are also -180. */
export function boxArea(box: Box): Area {
  const { west, south, east, north } = box;
  const isIn = (longitude: number) =>
    west <= east ? west <= longitude && longitude <= east : west <= longitude || longitude <= east;
  return {
    bounds: boundsOf(box),
    box,
    contains({ latitude, longitude }) {
      if (latitude < south || latitude > north) return false;
      if (isIn(longitude) || Math.abs(latitude) === MAX_LATITUDE) return true;
      return Math.abs(longitude) === MAX_LONGITUDE && isIn(-longitude);
    },
  };
}

/** The area that is not farther than `metres` from a point, along a great circle. */
export function circleArea(centre: Coordinates, metres: number): Area {
  return {
    bounds: ballBounds(vectorOf(centre.latitude, centre.longitude), chordOf(metres)),
    box: boxAround(centre, metres),
    contains: (point) => distanceOf(centre, point) <= metres,
  };
}

/** Error of rounding degrees, with much to spare. */
const MARGIN_DEGREES = 1e-6;

/** The box around a circle: all around the earth if a pole is in it. */
function boxAround({ latitude, longitude }: Coordinates, metres: number): Box {
  const angle = metres / EARTH_RADIUS_METRES;
  const reach = angle / RADIANS_PER_DEGREE + MARGIN_DEGREES;
  const south = Math.max(-MAX_LATITUDE, latitude - reach);
  const north = Math.min(MAX_LATITUDE, latitude + reach);
  if (south === -MAX_LATITUDE || north === MAX_LATITUDE) {
    return { west: -MAX_LONGITUDE, south, east: MAX_LONGITUDE, north };
  }
  const width = Math.asin(Math.min(1, Math.sin(angle) / cosine(latitude)));
  const half = width / RADIANS_PER_DEGREE + MARGIN_DEGREES;
  return { west: wrapped(longitude - half), south, east: wrapped(longitude + half), north };
}

/** A longitude from -180 to 180. */
function wrapped(longitude: number): number {
  if (longitude < -MAX_LONGITUDE) return longitude + 2 * MAX_LONGITUDE;
  return longitude > MAX_LONGITUDE ? longitude - 2 * MAX_LONGITUDE : longitude;
}

/** Metres between two points along a great circle. */
export function distanceOf(a: Coordinates, b: Coordinates): number {
  const [x, y, z] = vectorOf(a.latitude, a.longitude);
  const [u, v, w] = vectorOf(b.latitude, b.longitude);
  return metresOf(Math.hypot(x - u, y - v, z - w));
}

function boundsOf({ west, south, east, north }: Box): Bounds {
  // Distances from the axis: the circles of latitude are the larger the nearer they are to the equator.
  const radii = [cosine(south), cosine(north), ...south <= 0 && north >= 0 ? [1] : []];
  // From `west` on to the east, so that the antimeridian is a longitude like any other.
  const last = west <= east ? east : east + 360;
  const ends = [west, last];
  for (let turn = -180; turn <= 540; turn += 90) if (west < turn && turn < last) ends.push(turn);
  const xs = ends.flatMap((it) => radii.map((radius) => radius * cosine(it)));
  const ys = ends.flatMap((it) => radii.map((radius) => radius * sine(it)));
  return {
    low: [Math.min(...xs), Math.min(...ys), sine(south)],
    high: [Math.max(...xs), Math.max(...ys), sine(north)],
  };
}

function cosine(degrees: number): number {
  return Math.cos(degrees * RADIANS_PER_DEGREE);
}

function sine(degrees: number): number {
  return Math.sin(degrees * RADIANS_PER_DEGREE);
}
