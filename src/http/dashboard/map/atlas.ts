// One atlas of coasts and borders: loaded when it is wanted, turned into paths a country at a time, so
// that no frame waits for it, and drawn only where it is in view.

import { type GeoContext, geoPath } from "d3-geo";
import { feature } from "topojson-client";
import { project, projection } from "./projection.ts";
import type { View } from "./view.ts";

/** `world-atlas`, made of Natural Earth's data. */
type Topology = Parameters<typeof feature>[0];
type Country = Parameters<typeof feature>[1];
type Ring = readonly (readonly number[])[];

/** The part of a frame that paths are made in, in milliseconds. */
const SLICE_MS = 6;

interface Shape {
  readonly path: Path2D;
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** An atlas of some scale. */
export class Atlas {
  readonly #file: string;
  readonly #onLoad: () => void;
  #shapes: readonly Shape[] | undefined;
  #hasAsked = false;

  /** Nothing is loaded yet; calls `onLoad` when there is something to draw. */
  constructor(file: string, onLoad: () => void) {
    this.#file = file;
    this.#onLoad = onLoad;
  }

  /** True once it can be drawn. */
  get isLoaded(): boolean {
    return this.#shapes !== undefined;
  }

  /** Loads it, if nobody asked for it yet. One that does not come may be asked for again. */
  want(): void {
    if (this.#hasAsked) return;
    this.#hasAsked = true;
    this.#load().catch(() => this.#hasAsked = false);
  }

  /** Fills land and strokes borders in the colours of a context whose transform is the view's. */
  draw(context: CanvasRenderingContext2D, { k, x, y, width, height }: View): void {
    const [left, top] = [-x / k, -y / k];
    const [right, bottom] = [(width - x) / k, (height - y) / k];
    const seen = this.#shapes!.filter((it) =>
      it.right > left && it.left < right && it.bottom > top && it.top < bottom
    );
    for (const { path } of seen) context.fill(path, "evenodd");
    for (const { path } of seen) context.stroke(path);
  }

  async #load(): Promise<void> {
    const response = await fetch(this.#file);
    if (!response.ok) throw new Error(`status ${response.status}`);
    const topology: Topology = await response.json();
    const { countries } = topology.objects as { countries: { geometries: Country[] } };
    const shapes: Shape[] = [];
    let sliceEndMs = performance.now() + SLICE_MS;
    for (const country of countries.geometries) {
      for (const rings of polygonsOf(topology, country)) {
        shapes.push(shapeOf(rings));
        if (performance.now() < sliceEndMs) continue;
        await new Promise((resolve) => setTimeout(resolve));
        sliceEndMs = performance.now() + SLICE_MS;
      }
    }
    this.#shapes = shapes;
    this.#onLoad();
  }
}

function polygonsOf(topology: Topology, country: Country): readonly (readonly Ring[])[] {
  const it = feature(topology, country);
  if (it.type !== "Feature") return [];
  if (it.geometry.type === "Polygon") return [it.geometry.coordinates];
  return it.geometry.type === "MultiPolygon" ? it.geometry.coordinates : [];
}

function shapeOf(rings: readonly Ring[]): Shape {
  return rings.some(isCut) ? cutShapeOf(rings) : wholeShapeOf(rings);
}

/** True if a ring crosses the antimeridian, or goes around a pole. */
function isCut(ring: Ring): boolean {
  return ring.some(([longitude], i) => i > 0 && Math.abs(longitude! - ring[i - 1]![0]!) > 180);
}

/** The shape of a polygon that has to be cut: d3's work, which takes longer. */
function cutShapeOf(rings: readonly Ring[]): Shape {
  const polygon = { type: "Polygon" as const, coordinates: rings as number[][][] };
  const path = new Path2D();
  // A Path2D has all that is used of a context: d3's points, which need more, do not occur here.
  geoPath(projection, path as unknown as GeoContext)(polygon);
  const [[left, top], [right, bottom]] = geoPath(projection).bounds(polygon);
  return { path, left, top, right, bottom };
}

/** The shape of any other polygon, a straight line from each point to the next. */
function wholeShapeOf(rings: readonly Ring[]): Shape {
  const path = new Path2D();
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const ring of rings) {
    ring.forEach(([longitude, latitude], i) => {
      const [x, y] = project(longitude!, latitude!);
      if (i === 0) path.moveTo(x, y);
      else path.lineTo(x, y);
      left = Math.min(left, x);
      right = Math.max(right, x);
      top = Math.min(top, y);
      bottom = Math.max(bottom, y);
    });
    path.closePath();
  }
  return { path, left, top, right, bottom };
}
