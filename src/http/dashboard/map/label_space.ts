// The room that labels of one drawing have taken: each one is put where none is yet, or left out.

/** A rectangle in CSS pixels. */
export interface Box {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

const CELL = 64;

/** Boxes by the cells of a grid that they touch. */
export class LabelSpace {
  readonly #cells = new Map<number, Box[]>();

  /** Takes a box if it is free; says whether it was. */
  take(box: Box): boolean {
    if (!this.isFree(box)) return false;
    this.reserve(box);
    return true;
  }

  /** Takes a box, whatever is there. */
  reserve(box: Box): void {
    for (const cell of cellsOf(box)) {
      const boxes = this.#cells.get(cell);
      if (boxes === undefined) this.#cells.set(cell, [box]);
      else boxes.push(box);
    }
  }

  /** True if no other box is there. */
  isFree(box: Box): boolean {
    for (const cell of cellsOf(box)) {
      if (this.#cells.get(cell)?.some((it) => overlaps(it, box))) return false;
    }
    return true;
  }
}

/** The box of a text that begins at `x`, or ends there, in the middle of which is `y`. */
export function textBox(
  width: number,
  { x, y, height = 15, isLeft = false }: {
    readonly x: number;
    readonly y: number;
    readonly height?: number;
    readonly isLeft?: boolean;
  },
): Box {
  const left = isLeft ? x - width : x;
  return { left, right: left + width, top: y - height / 2, bottom: y + height / 2 };
}

function overlaps(a: Box, b: Box): boolean {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}

function* cellsOf({ left, top, right, bottom }: Box): Iterable<number> {
  for (let row = Math.floor(top / CELL); row <= Math.floor(bottom / CELL); row++) {
    for (let column = Math.floor(left / CELL); column <= Math.floor(right / CELL); column++) {
      yield row * 4096 + column;
    }
  }
}
