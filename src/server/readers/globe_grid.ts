// Points on a globe, found by nearness. Points are kept as unit vectors in a grid of cubes, so that
// neither the poles nor the antimeridian are anything special: nearness on the globe is nearness in
// space. Cubes are the keys of a hash table of linked lists; no object for each point.

import TinyQueue from "tinyqueue";
import { enlarged, lengthFor } from "../../base/buffers.ts";
import { EARTH_RADIUS_METRES, RADIANS_PER_DEGREE } from "../../base/earth.ts";
import type { Coordinates } from "../../protocol/location.ts";

/** Cubes along each of the three axes, from -1 to 1: 12 km wide on earth. */
const CUBES_PER_AXIS = 1024;
const CUBE = 2 / CUBES_PER_AXIS;

/** The error of the distance between a point and itself, with much to spare. */
const ROUNDING_METRES = 1e-6;

/** Looking through a column of cubes, empty ones mostly, takes as long as looking at so many items. */
const ITEMS_A_COLUMN = 20;

/** The error of rounded coordinates, with much to spare. */
const MARGIN = 1e-9;

const FIRST_CAPACITY = 1024;

/** Buckets of cubes, however many items there are, so that nothing has to be linked anew: 512 kB. */
const BUCKETS = 1 << 17;

/** Items that are looked at in one piece of work, of 0.1 ms or less. */
const ITEMS_A_PIECE = 2_048;
const NO_CUBE = 0xffff_ffff;

/** A point that was found. */
export interface Found {
  readonly item: number;
  /** From the point that was asked about, along a great circle. */
  readonly metres: number;
}

/** Points by the number of what is there: small positive integers. */
export class GlobeGrid {
  #count = 0;
  #x = new Float64Array(FIRST_CAPACITY);
  #y = new Float64Array(FIRST_CAPACITY);
  #z = new Float64Array(FIRST_CAPACITY);
  /** The cube of each item; NO_CUBE of one that is not here. */
  #cubes = new Uint32Array(FIRST_CAPACITY).fill(NO_CUBE);
  /** Items of one bucket, in both directions; 0 ends a list. */
  #next = new Uint32Array(FIRST_CAPACITY);
  #previous = new Uint32Array(FIRST_CAPACITY);
  /** The first item of each bucket, by the hash of a cube. Cubes may share one. */
  readonly #buckets = new Uint32Array(BUCKETS);

  /** Number of points. */
  get size(): number {
    return this.#count;
  }

  /** Puts an item at a point, wherever it was before. */
  put(item: number, { latitude, longitude }: Coordinates): void {
    if (item >= this.#cubes.length) this.#grow(item);
    const [x, y, z] = vectorOf(latitude, longitude);
    this.#x[item] = x;
    this.#y[item] = y;
    this.#z[item] = z;
    const cube = cubeOf(index(x), index(y), index(z));
    if (this.#cubes[item] === cube) return;
    this.remove(item);
    this.#cubes[item] = cube;
    this.#link(item);
    this.#count++;
  }

  /** Takes an item away, if it is here. */
  remove(item: number): void {
    if (item >= this.#cubes.length || this.#cubes[item] === NO_CUBE) return;
    const previous = this.#previous[item]!;
    const next = this.#next[item]!;
    if (previous === 0) this.#buckets[this.#bucketOf(this.#cubes[item]!)] = next;
    else this.#next[previous] = next;
    if (next !== 0) this.#previous[next] = previous;
    this.#cubes[item] = NO_CUBE;
    this.#count--;
  }

  /** Makes room for items up to this number at once. */
  reserve(item: number): void {
    if (item >= this.#cubes.length) this.#grow(item);
  }

  /** Takes away every item of which `isGone` says so. Yields after each piece of the work. */
  *removeWhere(isGone: (item: number) => boolean): Generator<void, void> {
    for (let item = 1; item < this.#cubes.length; item++) {
      if (item % ITEMS_A_PIECE === 0) yield;
      if (this.#cubes[item] !== NO_CUBE && isGone(item)) this.remove(item);
    }
  }

  /** The metres from an item that is here to a point, along a great circle. */
  distance(item: number, { latitude, longitude }: Coordinates): number {
    const [x, y, z] = vectorOf(latitude, longitude);
    const chord = Math.hypot(this.#x[item]! - x, this.#y[item]! - y, this.#z[item]! - z);
    return metresOf(chord);
  }

  /**
   * The items nearest to a point, the nearest first: `limit` at most (1 or more), and none farther
   * than `metres`; those that `isWanted` refuses are left out. Where many are near, only those are looked at. Yields after each piece of the work;
   * before it has returned items may be removed, but none may be put.
   */
  *nearest(
    centre: Coordinates,
    metres: number,
    limit: number,
    isWanted?: (item: number) => boolean,
  ): Generator<void, Found[]> {
    const farthest = chordOf(metres);
    for (let chord = Math.min(CUBE / 2, farthest);; chord = Math.min(2 * chord, farthest)) {
      if (this.#isEasierWhole(chord)) chord = farthest;
      const found = yield* this.#within(centre, chord, { limit, isWanted });
      if (found.length === limit || chord === farthest) {
        return found.map(({ item, square }) => ({ item, metres: metresOf(Math.sqrt(square)) }))
          .filter((it) => it.metres <= metres + ROUNDING_METRES);
      }
    }
  }

  /** The `limit` nearest ones not farther than a chord, the nearest first. */
  *#within(
    { latitude, longitude }: Coordinates,
    chord: number,
    { limit, isWanted }: {
      readonly limit: number;
      readonly isWanted: ((item: number) => boolean) | undefined;
    },
  ): Generator<void, Candidate[]> {
    const centre = vectorOf(latitude, longitude);
    const [x, y, z] = centre;
    // A little more than asked, so that rounding loses nobody; `nearest` looks at the metres.
    const limitSquare = (chord * (1 + 1e-9)) ** 2 + 1e-24;
    const best = new TinyQueue<Candidate>([], (a, b) => b.square - a.square);
    const xs = this.#x, ys = this.#y, zs = this.#z;
    const look = (item: number) => {
      const dx = xs[item]! - x, dy = ys[item]! - y, dz = zs[item]! - z;
      const square = dx * dx + dy * dy + dz * dz;
      if (square > limitSquare) return;
      if (best.length === limit && square >= best.peek()!.square) return;
      if (isWanted !== undefined && !isWanted(item)) return;
      if (best.length === limit) best.pop();
      best.push({ item, square });
    };
    if (this.#isEasierWhole(chord)) yield* this.#visitAll(look);
    else yield* this.#visitBounds(ballBounds(centre, chord), look);
    return best.data.toSorted((a, b) => a.square - b.square);
  }

  /** True if looking at all items is less work than finding those in a ball of this radius. */
  #isEasierWhole(radius: number): boolean {
    return (2 * radius / CUBE + 1) ** 2 * ITEMS_A_COLUMN > this.#count;
  }

  *#visitAll(look: (item: number) => void): Generator<void, void> {
    const cubes = this.#cubes;
    for (let item = 1; item < cubes.length; item++) {
      if (item % ITEMS_A_PIECE === 0) yield;
      if (cubes[item] !== NO_CUBE) look(item);
    }
  }

  /**
   * Calls `look` with every item that may be in an area, and others beside it. Yields as `nearest` does,
   * with the same rule for changes meanwhile.
   */
  *visit({ low, high }: Bounds, look: (item: number) => void): Generator<void, void> {
    const columns = ((high[0] - low[0]) / CUBE + 1) * ((high[1] - low[1]) / CUBE + 1);
    if (columns * ITEMS_A_COLUMN > this.#count) yield* this.#visitAll(look);
    else yield* this.#visitBounds({ low, high }, look);
  }

  /** Calls `look` with every item of every cube that a cuboid and the globe's surface touch. */
  *#visitBounds({ low, high }: Bounds, look: (item: number) => void): Generator<void, void> {
    const lowX = index(low[0] - MARGIN), highX = index(high[0] + MARGIN);
    const lowY = index(low[1] - MARGIN), highY = index(high[1] + MARGIN);
    const lowZ = index(low[2] - MARGIN), highZ = index(high[2] + MARGIN);
    const cubes = this.#cubes, next = this.#next;
    let left = ITEMS_A_PIECE;
    for (let i = lowX; i <= highX; i++) {
      for (let j = lowY; j <= highY; j++) {
        left -= ITEMS_A_COLUMN;
        for (const [first, last] of surfaceOf(i, j, lowZ, highZ)) {
          for (let k = first; k <= last; k++) {
            const cube = cubeOf(i, j, k);
            let item = this.#buckets[this.#bucketOf(cube)]!;
            for (; item !== 0; item = next[item]!) {
              if (cubes[item] === cube) look(item);
              if (left-- > 0) continue;
              left = ITEMS_A_PIECE;
              yield;
            }
          }
        }
        if (left > 0) continue;
        left = ITEMS_A_PIECE;
        yield;
      }
    }
  }

  #bucketOf(cube: number): number {
    return (Math.imul(cube ^ (cube >>> 15), 0x9e3779b1) >>> 0) & (this.#buckets.length - 1);
  }

  #link(item: number): void {
    const bucket = this.#bucketOf(this.#cubes[item]!);
    const first = this.#buckets[bucket]!;
    this.#next[item] = first;
    this.#previous[item] = 0;
    if (first !== 0) this.#previous[first] = item;
    this.#buckets[bucket] = item;
  }

  #grow(item: number): void {
    const capacity = lengthFor(item);
    this.#x = enlarged(this.#x, capacity);
    this.#y = enlarged(this.#y, capacity);
    this.#z = enlarged(this.#z, capacity);
    this.#cubes = enlarged(this.#cubes, capacity, NO_CUBE);
    this.#next = enlarged(this.#next, capacity);
    this.#previous = enlarged(this.#previous, capacity);
  }
}

/** A cuboid around a part of the globe, whose radius is 1: its least and its greatest x, y and z. */
export interface Bounds {
  readonly low: Vector;
  readonly high: Vector;
}

/** A point in space; one on the globe has the length 1. */
export type Vector = readonly [x: number, y: number, z: number];

/** The bounds of what is not farther from a point than a chord. */
export function ballBounds([x, y, z]: Vector, chord: number): Bounds {
  return { low: [x - chord, y - chord, z - chord], high: [x + chord, y + chord, z + chord] };
}

interface Candidate {
  readonly item: number;
  /** The square of the chord. */
  readonly square: number;
}

/** A point on the globe, whose radius is 1. */
export function vectorOf(latitude: number, longitude: number): Vector {
  const phi = latitude * RADIANS_PER_DEGREE;
  const lambda = longitude * RADIANS_PER_DEGREE;
  return [Math.cos(phi) * Math.cos(lambda), Math.cos(phi) * Math.sin(lambda), Math.sin(phi)];
}

/** Along one axis, which cube a coordinate is in. */
function index(coordinate: number): number {
  const at = Math.floor((coordinate + 1) / CUBE);
  return Math.max(0, Math.min(CUBES_PER_AXIS - 1, at));
}

/** The least and the greatest distance from the middle, along one axis, that a cube has. */
function nearestOf(cube: number): number {
  const low = cube * CUBE - 1;
  return Math.max(0, low, -low - CUBE);
}
function farthestOf(cube: number): number {
  const low = cube * CUBE - 1;
  return Math.max(Math.abs(low), Math.abs(low + CUBE));
}

/** Squares of both by cube: a search asks for those of some hundred columns. */
const CUBES = Array.from({ length: CUBES_PER_AXIS }, (_, cube) => cube);
const NEAREST_SQUARES = Float64Array.from(CUBES, (cube) => nearestOf(cube) ** 2);
const FARTHEST_SQUARES = Float64Array.from(CUBES, (cube) => farthestOf(cube) ** 2);
const FARTHEST_SQUARE = (1 + MARGIN) ** 2;

/** The height of the surface over the plane of the equator, at the square of a distance from the axis; 0 outside. */
function heightOf(square: number): number {
  return Math.sqrt(Math.max(0, 1 - square));
}

function cubeOf(x: number, y: number, z: number): number {
  return (x * CUBES_PER_AXIS + y) * CUBES_PER_AXIS + z;
}

/** The cubes of a column that the surface touches, from `lowZ` to `highZ`: below z = 0, and above. */
function surfaceOf(i: number, j: number, lowZ: number, highZ: number): [number, number][] {
  const nearest = NEAREST_SQUARES[i]! + NEAREST_SQUARES[j]!;
  if (nearest > FARTHEST_SQUARE) return [];
  const high = heightOf(nearest) + MARGIN;
  const low = heightOf(FARTHEST_SQUARES[i]! + FARTHEST_SQUARES[j]!) - MARGIN;
  const lowest = index(low);
  const top = Math.min(highZ, index(-low), lowest - 1);
  return [[Math.max(lowZ, lowest), Math.min(highZ, index(high))], [
    Math.max(lowZ, index(-high)),
    top,
  ]];
}

/** The straight distance, in radii of the globe, between points so many metres apart. */
export function chordOf(metres: number): number {
  return 2 * Math.sin(Math.min(metres / EARTH_RADIUS_METRES, Math.PI) / 2);
}

/** The metres along a great circle between points with this straight distance. */
export function metresOf(chord: number): number {
  return 2 * EARTH_RADIUS_METRES * Math.asin(Math.min(1, chord / 2));
}
