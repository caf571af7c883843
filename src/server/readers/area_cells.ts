// Areas by where they are: cells of some degrees, each with the areas that reach into it. So a point is held
// against the areas of its cells alone, however many there are elsewhere. A large area is in few large cells:
// the whole world in cells of a degree would be 64,800 of them.

import { type Coordinates, MAX_LATITUDE, MAX_LONGITUDE } from "../../protocol/location.ts";
import type { Area, Box } from "./area.ts";

/** Sides of cells in degrees, which divide 180, the smallest first. */
const SIDES = [1, 10, 90];

/** The most cells of an area, unless they are the largest. */
export const MAX_CELLS = 400;

/** Things that have an area, by cell. */
export class AreaCells<T extends { readonly area: Area }> {
  readonly #grids = SIDES.map((side) => new CellGrid<T>(side));

  /** The things whose area may contain a point. */
  at(point: Coordinates): readonly T[] {
    let found: readonly T[] = NONE;
    for (const grid of this.#grids) {
      const things = grid.at(point);
      if (things === undefined) continue;
      found = found.length === 0 ? things : [...found, ...things];
    }
    return found;
  }

  /** Puts a thing into the cells of its area; their number. */
  add(thing: T): number {
    return this.#gridOf(thing).add(thing);
  }

  /** Takes a thing out again. */
  remove(thing: T): void {
    this.#gridOf(thing).remove(thing);
  }

  #gridOf({ area: { box } }: T): CellGrid<T> {
    return this.#grids.find((it) => it.countOf(box) <= MAX_CELLS) ?? this.#grids.at(-1)!;
  }
}

const NONE: readonly never[] = [];

/** Cells of one size. */
class CellGrid<T extends { readonly area: Area }> {
  readonly #side: number;
  readonly #rows: number;
  readonly #columns: number;
  readonly #cells = new Map<number, T[]>();

  constructor(side: number) {
    this.#side = side;
    this.#rows = 2 * MAX_LATITUDE / side;
    this.#columns = 2 * MAX_LONGITUDE / side;
  }

  at({ latitude, longitude }: Coordinates): readonly T[] | undefined {
    if (this.#cells.size === 0) return undefined;
    return this.#cells.get(this.#rowOf(latitude) * this.#columns + this.#columnOf(longitude));
  }

  /** The cells of a box, and at most as many that it only touches. */
  countOf(box: Box): number {
    let count = 0;
    this.#eachRow(box, (_row, columns) => count += columns);
    return count;
  }

  add(thing: T): number {
    let count = 0;
    this.#eachCell(thing.area.box, (cell) => {
      count++;
      const things = this.#cells.get(cell);
      if (things === undefined) this.#cells.set(cell, [thing]);
      else things.push(thing);
    });
    return count;
  }

  remove(thing: T): void {
    this.#eachCell(thing.area.box, (cell) => {
      const others = this.#cells.get(cell)!.filter((it) => it !== thing);
      if (others.length === 0) this.#cells.delete(cell);
      else this.#cells.set(cell, others);
    });
  }

  #eachCell(box: Box, look: (cell: number) => void): void {
    const first = this.#columnOf(box.west);
    this.#eachRow(box, (row, columns) => {
      for (let i = 0; i < columns; i++) {
        look(row * this.#columns + (first + i) % this.#columns);
      }
    });
  }

  #eachRow({ west, south, east, north }: Box, look: (row: number, columns: number) => void): void {
    const width = west <= east ? east - west : east - west + 2 * MAX_LONGITUDE;
    // One more than it is wide: it may begin and end within a cell.
    const columns = Math.min(this.#columns, Math.floor(width / this.#side) + 2);
    for (let row = this.#rowOf(south); row <= this.#rowOf(north); row++) {
      // A pole is in every box that reaches it, whatever its longitude is said to be.
      const isPolar = row === 0 && south === -MAX_LATITUDE ||
        row === this.#rows - 1 && north === MAX_LATITUDE;
      look(row, isPolar ? this.#columns : columns);
    }
  }

  #rowOf(latitude: number): number {
    return Math.min(this.#rows - 1, Math.floor((latitude + MAX_LATITUDE) / this.#side));
  }

  /** 180 degrees are in the column of -180. */
  #columnOf(longitude: number): number {
    return Math.floor((longitude + MAX_LONGITUDE) / this.#side) % this.#columns;
  }
}
