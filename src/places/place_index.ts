// Finds the points nearest to a location on the sphere, over any table of points: the gazetteer's and a
// person's own. It knows points by number; what is there is the table's business.
//
// kdbush finds what lies in a box of coordinates; this file draws the boxes around a circle. (geokdbush
// would do it too, but has to look at much of the earth to learn that a piece of sea is empty: 160 us a
// search, and 25 us elsewhere. Tests compare the two.)

import KDBush from "kdbush";
import { EARTH_RADIUS_METRES, RADIANS_PER_DEGREE } from "../base/earth.ts";
import type { Coordinates } from "../protocol/location.ts";

/**
 * A search tries small circles first, so that a dense region costs no more than a sparse one. The next
 * one is as large as the bound needs if places are spread evenly, and a little more, within limits.
 */
const FIRST_RADIUS_METRES = 4_000;
const MARGIN = 1.5;
const MIN_GROWTH = 1.5;
const MAX_GROWTH = 3;

/** Added to a box on each side: what a circle's edge may lose by rounding. A tenth of a millimetre. */
const SLACK_DEGREES = 1e-9;

/** A point within a circle. */
interface Hit {
  readonly point: number;
  /** Grows with distance: the haversine of the angle. */
  readonly haversine: number;
}

/** Points on earth that can be searched by distance. */
export class PlaceIndex {
  readonly #tree: KDBush;
  /** Longitude and latitude of each point in turn, in units. */
  readonly #coordinates: ArrayLike<number>;
  readonly #unitsPerDegree: number;

  private constructor(tree: KDBush, coordinates: ArrayLike<number>, unitsPerDegree: number) {
    this.#tree = tree;
    this.#coordinates = coordinates;
    this.#unitsPerDegree = unitsPerDegree;
  }

  /** An index of points, numbered from 0 as they come. */
  static of(points: readonly Coordinates[]): PlaceIndex {
    const tree = new KDBush(points.length);
    for (const { latitude, longitude } of points) tree.add(longitude, latitude);
    const coordinates = points.flatMap(({ latitude, longitude }) => [longitude, latitude]);
    return new PlaceIndex(tree.finish(), coordinates, 1);
  }

  /**
   * An index of points whose order is already that of a kdbush with nodes of `nodeSize`, which saves
   * the sorting. `coordinates` holds longitude and latitude of each point in turn.
   */
  static ofSorted(coordinates: Int32Array, nodeSize: number, unitsPerDegree: number): PlaceIndex {
    const length = coordinates.length / 2;
    const tree = new KDBush(length, nodeSize, Int32Array);
    for (let i = 0; i < length; i++) tree.ids[i] = i;
    tree.coords.set(coordinates);
    return new PlaceIndex(KDBush.from(tree.data), coordinates, unitsPerDegree);
  }

  /**
   * The points within `radiusMetres` of `location`, the nearest first, `bound` at most. Distances are
   * those on a sphere; the antimeridian and the poles are nothing special.
   */
  nearest(location: Coordinates, radiusMetres: number, bound: number): number[] {
    if (bound <= 0) return [];
    let radius = Math.min(radiusMetres, FIRST_RADIUS_METRES);
    let hits = this.#within(location, radius);
    while (hits.length < bound && radius < radiusMetres) {
      const growth = Math.sqrt(MARGIN * bound / hits.length);
      radius *= Math.max(MIN_GROWTH, Math.min(growth, MAX_GROWTH));
      radius = Math.min(radius, radiusMetres);
      hits = this.#within(location, radius);
    }
    hits.sort((a, b) => a.haversine - b.haversine || a.point - b.point);
    if (hits.length > bound) hits.length = bound;
    return hits.map((it) => it.point);
  }

  #within(location: Coordinates, radiusMetres: number): Hit[] {
    const angle = radiusMetres / EARTH_RADIUS_METRES;
    const limit = haversine(angle);
    const latitude = location.latitude * RADIANS_PER_DEGREE;
    const cosLatitude = Math.cos(latitude);
    const radiansPerUnit = RADIANS_PER_DEGREE / this.#unitsPerDegree;
    const hits: Hit[] = [];
    for (const point of this.#inBoxes(location, angle)) {
      const otherLatitude = this.#coordinates[2 * point + 1]! * radiansPerUnit;
      const longitudes = Math.abs(
        this.#coordinates[2 * point]! / this.#unitsPerDegree - location.longitude,
      );
      // The short way round; also exact for the two names of the antimeridian.
      const between = Math.min(longitudes, 360 - longitudes) * RADIANS_PER_DEGREE;
      const distance = haversine(otherLatitude - latitude) +
        cosLatitude * Math.cos(otherLatitude) * haversine(between);
      if (distance <= limit) hits.push({ point, haversine: distance });
    }
    return hits;
  }

  /** The points in the boxes of coordinates that a circle fits in; `angle` is its radius in radians. */
  #inBoxes({ latitude, longitude }: Coordinates, angle: number): number[] {
    const height = angle / RADIANS_PER_DEGREE + SLACK_DEGREES;
    const south = latitude - height;
    const north = latitude + height;
    // A circle around a pole touches every meridian.
    if (south <= -90 || north >= 90) return this.#inBox(-180, south, 180, north);
    const ratio = Math.sin(angle) / Math.cos(latitude * RADIANS_PER_DEGREE);
    const width = Math.asin(Math.min(ratio, 1)) / RADIANS_PER_DEGREE + SLACK_DEGREES;
    const west = longitude - width;
    const east = longitude + width;
    const points = this.#inBox(west, south, east, north);
    if (west <= -180) return points.concat(this.#inBox(west + 360, south, 180, north));
    if (east >= 180) return points.concat(this.#inBox(-180, south, east - 360, north));
    return points;
  }

  #inBox(west: number, south: number, east: number, north: number): number[] {
    const units = this.#unitsPerDegree;
    return this.#tree.range(west * units, south * units, east * units, north * units);
  }
}

/** Of an angle in radians: the square of the sine of its half. */
function haversine(angle: number): number {
  const sine = Math.sin(angle / 2);
  return sine * sine;
}
