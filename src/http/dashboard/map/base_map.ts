// The world behind everything: land, borders and the graticule, drawn when the view changes. Coarse at
// first, finer when one looks closely and the finer atlas has come.

import { type GeoContext, geoGraticule10, geoPath } from "d3-geo";
import { Atlas } from "./atlas.ts";
import { projection } from "./projection.ts";
import type { Theme } from "../page/theme.ts";
import type { View } from "./view.ts";

/** The atlases, and the zoom from which each one is worth its bytes. */
const ATLASES = [
  { file: "world-110m.json", zoom: 0 },
  { file: "world-50m.json", zoom: 2.2 },
  { file: "world-10m.json", zoom: 14 },
];

/** Draws the world. */
export class BaseMap {
  readonly #sphere = pathOf({ type: "Sphere" });
  readonly #graticule = pathOf(geoGraticule10());
  readonly #atlases: readonly { readonly atlas: Atlas; readonly zoom: number }[];

  /** Begins to load; calls `onLoad` when there is more to draw. */
  constructor(onLoad: () => void) {
    this.#atlases = ATLASES.map(({ file, zoom }) => ({ atlas: new Atlas(file, onLoad), zoom }));
    this.#atlases[0]!.atlas.want();
  }

  /** Draws what is in view on a canvas of this many pixels for a CSS pixel. */
  draw(context: CanvasRenderingContext2D, view: View, theme: Theme, ratio: number): void {
    const { k, x, y } = view;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, context.canvas.width, context.canvas.height);
    context.setTransform(ratio * k, 0, 0, ratio * k, ratio * x, ratio * y);
    context.lineJoin = "round";
    context.fillStyle = theme.sphere;
    context.fill(this.#sphere);
    context.lineWidth = 0.7 / k;
    context.strokeStyle = theme.graticule;
    context.stroke(this.#graticule);
    const wanted = this.#atlases.filter((it) => view.zoom >= it.zoom);
    wanted.at(-1)!.atlas.want();
    const atlas = wanted.findLast((it) => it.atlas.isLoaded)?.atlas;
    if (atlas !== undefined) {
      context.fillStyle = theme.land;
      context.strokeStyle = theme.border;
      atlas.draw(context, view);
    }
    context.stroke(this.#sphere);
  }
}

function pathOf(shape: Parameters<ReturnType<typeof geoPath>>[0]): Path2D {
  const path = new Path2D();
  // A Path2D has all that is used of a context: d3's points, which need more, do not occur here.
  geoPath(projection, path as unknown as GeoContext)(shape);
  return path;
}
