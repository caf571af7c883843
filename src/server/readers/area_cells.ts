// Areas by where they are: cells of a degree, each with the areas that reach into it. So a point is held
// against the areas of its cell alone, however many there are elsewhere.

import { type Coordinates, MAX_LATITUDE, MAX_LONGITUDE } from "../../protocol/location.ts";
import type { Area, Box } from "./area.ts";

const ROWS = 2 * MAX_LATITUDE;
const COLUMNS = 2 * MAX_LONGITUDE;

/** Things that have an area, by cell. */
export class AreaCells<T extends { readonly area: Area }> {
  readonly #cells = new Map<number, T[]>();

  /** The things whose area may contain a point. */
  at({ latitude, longitude }: Coordinates): readonly T[] {
    return this.#cells.get(rowOf(latitude) * COLUMNS + columnOf(longitude)) ?? NONE;
  }

  /** Puts a thing into the cells of its area: 64,800 for the whole world. */
  add(thing: T): void {
    for (const cell of cellsOf(thing.area.box)) {
      const things = this.#cells.get(cell);
      if (things === undefined) this.#cells.set(cell, [thing]);
      else things.push(thing);
    }
  }

  /** Takes a thing out again. */
  remove(thing: T): void {
    for (const cell of cellsOf(thing.area.box)) {
      const others = this.#cells.get(cell)?.filter((it) => it !== thing) ?? [];
      if (others.length === 0) this.#cells.delete(cell);
      else this.#cells.set(cell, others);
    }
  }
}

const NONE: readonly never[] = [];

function rowOf(latitude: number): number {
  return Math.min(ROWS - 1, Math.floor(latitude + MAX_LATITUDE));
}

/** 180 degrees are in the column of -180. */
function columnOf(longitude: number): number {
  return Math.floor(longitude + MAX_LONGITUDE) % COLUMNS;
}

function cellsOf({ west, south, east, north }: Box): Set<number> {
  const cells = new Set<number>();
  const first = columnOf(west);
  const width = west <= east ? east - west : east - west + COLUMNS;
  // One more than it is wide: it may begin and end within a cell.
  const columns = Math.min(COLUMNS, Math.floor(width) + 2);
  for (let row = rowOf(south); row <= rowOf(north); row++) {
    // A pole is in every box that reaches it, whatever its longitude is said to be.
    const isPolar = row === 0 && south === -MAX_LATITUDE ||
      row === ROWS - 1 && north === MAX_LATITUDE;
    for (let i = 0; i < (isPolar ? COLUMNS : columns); i++) {
      cells.add(row * COLUMNS + (first + i) % COLUMNS);
    }
  }
  return cells;
}
