// Finds the points nearest to a location on the sphere, over any table of points: the gazetteer's and a
// person's own. It knows points by number; what is there is the table's business.
//
// kdbush puts the points into the order of a k-d tree; this file walks it, the nearer side first, and
// leaves out what is outside of a box around the circle of the nearest points so far: so the work
// depends on how many are asked for, not on how densely they lie. (geokdbush would do it too, but has to
// look at much of the earth to learn that a piece of sea is empty: 160 us a search. Tests compare the
// two.)

import KDBush from "kdbush";
import { EARTH_RADIUS_METRES, RADIANS_PER_DEGREE } from "../base/earth.ts";
import type { Coordinates } from "../protocol/location.ts";

/** Added to a box on each side: what a circle's edge may lose by rounding. A tenth of a millimetre. */
const SLACK_DEGREES = 1e-9;

/** Points of which a k-d tree goes no further down, unless it was made otherwise. */
const NODE_SIZE = 64;

/** Spots, that is points of different coordinates, in the order of a k-d tree. */
interface Spots {
  /** Longitude and latitude of each spot in turn, in units. */
  readonly coordinates: ArrayLike<number>;
  readonly nodeSize: number;
  readonly unitsPerDegree: number;
  /** The points of each spot, the lowest first; left out, each spot is the point of its number. */
  readonly points?: readonly (readonly number[])[];
}

/** Points on earth that can be searched by distance. */
export class PlaceIndex {
  readonly #spots: Spots;

  private constructor(spots: Spots) {
    this.#spots = spots;
  }

  /** An index of points, numbered from 0 as they come. */
  static of(points: readonly Coordinates[]): PlaceIndex {
    // A spot with many points costs no more than one with a few: no search looks at all of them.
    const spots = new Map<string, number[]>();
    for (const [number, { latitude, longitude }] of points.entries()) {
      const name = `${latitude} ${longitude}`;
      const there = spots.get(name);
      if (there === undefined) spots.set(name, [number]);
      else there.push(number);
    }
    const members = [...spots.values()];
    const tree = new KDBush(members.length, NODE_SIZE);
    for (const [first] of members) {
      const { latitude, longitude } = points[first!]!;
      tree.add(longitude, latitude);
    }
    tree.finish();
    return new PlaceIndex({
      coordinates: tree.coords,
      nodeSize: NODE_SIZE,
      unitsPerDegree: 1,
      points: Array.from(tree.ids, (id) => members[id]!),
    });
  }

  /**
   * An index of points whose order is already that of a kdbush with nodes of `nodeSize`, which saves
   * the sorting. `coordinates` holds longitude and latitude of each point in turn.
   */
  static ofSorted(
    coordinates: ArrayLike<number>,
    nodeSize: number,
    unitsPerDegree: number,
  ): PlaceIndex {
    return new PlaceIndex({ coordinates, nodeSize, unitsPerDegree });
  }

  /**
   * The points within `radiusMetres` of `location`, the nearest first, `bound` at most; of equally near
   * ones the lowest. Distances are those on a sphere; the antimeridian and the poles are nothing
   * special.
   */
  nearest(location: Coordinates, radiusMetres: number, bound: number): number[] {
    if (bound <= 0 || this.#spots.coordinates.length === 0) return [];
    return new Search(this.#spots, location, { radiusMetres, bound }).run();
  }
}

/** A search for the nearest points. */
class Search {
  readonly #spots: Spots;
  readonly #bound: number;
  /** In degrees and, of the latitude, in radians. */
  readonly #latitude: number;
  readonly #longitude: number;
  readonly #phi: number;
  readonly #cosPhi: number;
  /** The nearest points so far, the nearest first, and their haversines, which grow with distance. */
  readonly #found: number[] = [];
  readonly #haversines: number[] = [];
  /** Points that are further away are not wanted: a haversine. */
  #limit: number;
  /** A circle around a pole touches every meridian; so do those that are searched in its place. */
  readonly #isPolar: boolean;
  /** The box around the circle of that radius, in degrees; to the west and east it may go past 180. */
  #south = 0;
  #north = 0;
  #west = 0;
  #east = 0;

  constructor(
    spots: Spots,
    { latitude, longitude }: Coordinates,
    { radiusMetres, bound }: { readonly radiusMetres: number; readonly bound: number },
  ) {
    this.#spots = spots;
    this.#bound = bound;
    this.#latitude = latitude;
    this.#longitude = longitude;
    this.#phi = latitude * RADIANS_PER_DEGREE;
    this.#cosPhi = Math.cos(this.#phi);
    const angle = radiusMetres / EARTH_RADIUS_METRES;
    this.#limit = haversine(angle);
    const reach = Math.abs(latitude) + angle / RADIANS_PER_DEGREE + SLACK_DEGREES;
    this.#isPolar = reach >= 90;
    this.#drawBox(angle);
  }

  /** Searches; gives the points. */
  run(): number[] {
    this.#walkAll(0);
    // The parts of the box on the other side of the antimeridian.
    if (!this.#isPolar && this.#west <= -180) this.#walkAll(360);
    if (!this.#isPolar && this.#east >= 180) this.#walkAll(-360);
    return this.#found;
  }

  /** Walks the tree with the box shifted by so many degrees to the east. */
  #walkAll(shift: number): void {
    this.#walk(0, this.#spots.coordinates.length / 2 - 1, { axis: 0, shift });
  }

  #walk(left: number, right: number, plan: { readonly axis: 0 | 1; readonly shift: number }): void {
    const { coordinates, nodeSize, unitsPerDegree } = this.#spots;
    const { axis, shift } = plan;
    if (right - left <= nodeSize) {
      for (let spot = left; spot <= right; spot++) this.#look(spot, shift);
      return this.#shrink();
    }
    const middle = (left + right) >> 1;
    const split = coordinates[2 * middle + axis]! / unitsPerDegree;
    const own = axis === 0 ? this.#longitude + shift : this.#latitude;
    const next = { axis: axis === 0 ? 1 : 0, shift } as const;
    const walkLow = () => {
      if (this.#low(axis) + (axis === 0 ? shift : 0) <= split) this.#walk(left, middle - 1, next);
    };
    const walkHigh = () => {
      if (this.#high(axis) + (axis === 0 ? shift : 0) >= split) this.#walk(middle + 1, right, next);
    };
    this.#look(middle, shift);
    if (own <= split) walkLow();
    walkHigh();
    if (own > split) walkLow();
  }

  #low(axis: 0 | 1): number {
    return axis === 0 ? this.#west : this.#south;
  }

  #high(axis: 0 | 1): number {
    return axis === 0 ? this.#east : this.#north;
  }

  /** Looks at a spot: takes its points if they are near enough, and in the box. */
  #look(spot: number, shift: number): void {
    const { coordinates, unitsPerDegree, points } = this.#spots;
    const longitude = coordinates[2 * spot]! / unitsPerDegree;
    const latitude = coordinates[2 * spot + 1]! / unitsPerDegree;
    if (latitude < this.#south || latitude > this.#north) return;
    if (longitude < this.#west + shift || longitude > this.#east + shift) return;
    const longitudes = Math.abs(longitude - this.#longitude);
    // The short way round; also exact for the two names of the antimeridian.
    const between = Math.min(longitudes, 360 - longitudes) * RADIANS_PER_DEGREE;
    const phi = latitude * RADIANS_PER_DEGREE;
    const distance = haversine(phi - this.#phi) +
      this.#cosPhi * Math.cos(phi) * haversine(between);
    if (points === undefined) this.#take(spot, distance);
    else for (const point of points[spot]!) if (!this.#take(point, distance)) break;
  }

  /** Takes a point if it is among the nearest; gives whether it was. */
  #take(point: number, distance: number): boolean {
    if (!(distance <= this.#limit)) return false;
    const haversines = this.#haversines;
    const found = this.#found;
    let at = found.length;
    while (at > 0 && isBefore(distance, point, haversines[at - 1]!, found[at - 1]!)) at--;
    if (at === this.#bound) return false;
    haversines.splice(at, 0, distance);
    found.splice(at, 0, point);
    if (found.length > this.#bound) {
      haversines.pop();
      found.pop();
    }
    return true;
  }

  /** Makes the circle smaller if there are enough points in it. */
  #shrink(): void {
    if (this.#found.length < this.#bound) return;
    const farthest = this.#haversines[this.#bound - 1]!;
    if (farthest >= this.#limit) return;
    this.#limit = farthest;
    this.#drawBox(2 * Math.asin(Math.sqrt(farthest)));
  }

  /** Draws the box that a circle fits in; `angle` is its radius in radians. */
  #drawBox(angle: number): void {
    const height = angle / RADIANS_PER_DEGREE + SLACK_DEGREES;
    this.#south = this.#latitude - height;
    this.#north = this.#latitude + height;
    const ratio = Math.min(Math.sin(angle) / this.#cosPhi, 1);
    const width = this.#isPolar ? Infinity : Math.asin(ratio) / RADIANS_PER_DEGREE + SLACK_DEGREES;
    this.#west = this.#longitude - width;
    this.#east = this.#longitude + width;
  }
}

/** True if the first of two points is the nearer one, or of two that are equally near the lower. */
function isBefore(distance: number, point: number, other: number, otherPoint: number): boolean {
  return distance < other || distance === other && point < otherPoint;
}

/** Of an angle in radians: the square of the sine of its half. */
function haversine(angle: number): number {
  const sine = Math.sin(angle / 2);
  return sine * sine;
}
