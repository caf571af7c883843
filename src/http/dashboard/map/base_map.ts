// The world behind everything: land, borders and the graticule, drawn when the view changes. Coarse at
// first, finer when the finer atlas has come.

import { type GeoContext, geoGraticule10, geoPath } from "d3-geo";
import { feature, mesh } from "topojson-client";
import { inBackground } from "../../../base/background.ts";
import { projection } from "./projection.ts";
import type { Theme } from "../page/theme.ts";
import type { View } from "./view.ts";

/** The atlas: `world-atlas`, made of Natural Earth's data. */
type Atlas = Parameters<typeof mesh>[0];

/** From this zoom on the finer atlas is worth its bytes. */
const FINE_ZOOM = 2.2;

interface Paths {
  readonly land: Path2D;
  readonly borders: Path2D;
}

/** Draws the world. */
export class BaseMap {
  readonly #sphere = pathOf({ type: "Sphere" });
  readonly #graticule = pathOf(geoGraticule10());
  readonly #onLoad: () => void;
  #coarse: Paths | undefined;
  #fine: Paths | undefined;
  #isFineAsked = false;

  /** Begins to load; calls `onLoad` when there is more to draw. */
  constructor(onLoad: () => void) {
    this.#onLoad = onLoad;
    inBackground(
      load("world-110m.json").then((paths) => {
        this.#coarse = paths;
        onLoad();
      }),
    );
  }

  /** Draws what is in view on a canvas of this many pixels for a CSS pixel. */
  draw(context: CanvasRenderingContext2D, view: View, theme: Theme, ratio: number): void {
    const { k, x, y } = view;
    if (view.zoom > FINE_ZOOM && !this.#isFineAsked) this.#loadFine();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, context.canvas.width, context.canvas.height);
    context.setTransform(ratio * k, 0, 0, ratio * k, ratio * x, ratio * y);
    context.lineJoin = "round";
    context.fillStyle = theme.sphere;
    context.fill(this.#sphere);
    context.lineWidth = 0.7 / k;
    context.strokeStyle = theme.graticule;
    context.stroke(this.#graticule);
    const paths = view.zoom > FINE_ZOOM ? this.#fine ?? this.#coarse : this.#coarse;
    if (paths !== undefined) {
      context.fillStyle = theme.land;
      context.fill(paths.land);
      context.strokeStyle = theme.border;
      context.stroke(paths.borders);
    }
    context.stroke(this.#sphere);
  }

  #loadFine(): void {
    this.#isFineAsked = true;
    load("world-50m.json").then((paths) => {
      this.#fine = paths;
      this.#onLoad();
    }, () => this.#isFineAsked = false);
  }
}

async function load(name: string): Promise<Paths> {
  const response = await fetch(name);
  if (!response.ok) throw new Error(`Cannot load the map '${name}': status ${response.status}`);
  const atlas: Atlas = await response.json();
  const { land, countries } = atlas.objects;
  return { land: pathOf(feature(atlas, land)), borders: pathOf(mesh(atlas, countries)) };
}

function pathOf(shape: Parameters<ReturnType<typeof geoPath>>[0]): Path2D {
  const path = new Path2D();
  // A Path2D has all that is used of a context: d3's points, which need more, do not occur here.
  geoPath(projection, path as unknown as GeoContext)(shape);
  return path;
}
