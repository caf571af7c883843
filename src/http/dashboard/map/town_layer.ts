// Names of towns: large ones when one looks from afar, small ones closely, none over another label.

import type { Towns } from "../data/towns.ts";
import type { Theme } from "../page/theme.ts";
import { type LabelSpace, textBox } from "./label_space.ts";
import type { View } from "./view.ts";

/** The least size of a town where a unit is a pixel, and what a doubling of the scale takes off. */
const UNIT_SIZE = 10;
const SIZE_A_DOUBLING = 1.6;
/** From this zoom on small towns are wanted. */
const SMALL_ZOOM = 7;
/** One name for each so many square pixels, at most. */
const PIXELS_A_NAME = 16_000;
/** From this size on (some 1.3 million people) a name is larger. */
const LARGE_SIZE = 8;

/** Draws names of towns. */
export class TownLayer {
  readonly #towns: Towns;
  readonly #widths = new Map<string, number>();

  constructor(towns: Towns) {
    this.#towns = towns;
  }

  /** Draws those that find room. */
  draw(
    context: CanvasRenderingContext2D,
    view: View,
    { theme, space, except }: {
      readonly theme: Theme;
      readonly space: LabelSpace;
      /** Names that are on the map already. */
      readonly except: ReadonlySet<string>;
    },
  ): void {
    const { k, x, y, width, height, zoom } = view;
    if (zoom > SMALL_ZOOM) this.#towns.wantSmall();
    const least = UNIT_SIZE - SIZE_A_DOUBLING * Math.log2(k);
    let left = width * height / PIXELS_A_NAME;
    context.textBaseline = "middle";
    context.textAlign = "left";
    context.lineJoin = "round";
    context.lineWidth = 3;
    context.strokeStyle = theme.halo;
    for (const town of this.#towns.all) {
      if (town.size < least || left < 1) break;
      const px = town.x * k + x, py = town.y * k + y;
      if (px < 0 || px > width || py < 0 || py > height || except.has(town.name)) continue;
      const isLarge = town.size >= LARGE_SIZE;
      context.font = isLarge ? "500 12px system-ui, sans-serif" : "11px system-ui, sans-serif";
      const box = textBox(this.#width(context, town.name, isLarge), { x: px + 6, y: py });
      if (box.right > width || !space.take(box)) continue;
      left--;
      context.fillStyle = theme.muted;
      context.fillRect(px - 1.5, py - 1.5, 3, 3);
      context.strokeText(town.name, px + 6, py);
      context.fillText(town.name, px + 6, py);
    }
  }

  #width(context: CanvasRenderingContext2D, name: string, isLarge: boolean): number {
    const key = isLarge ? name : `${name}\n`;
    let width = this.#widths.get(key);
    if (width === undefined) this.#widths.set(key, width = context.measureText(name).width);
    return width;
  }
}
