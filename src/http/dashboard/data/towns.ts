// The towns of the map: large ones from the start, small ones once they are wanted.

import { inBackground } from "../../../base/background.ts";
import { metresBetween } from "../map/geo.ts";
import { project } from "../map/projection.ts";
import { type PackedTowns, type Town, unpackTowns } from "../../towns/towns_format.ts";

/** A town further than this is not near. */
const MAX_NEAR_METRES = 300_000;

/** A town on the map. */
export interface MapTown extends Town {
  /** In the map's units. */
  readonly x: number;
  readonly y: number;
}

/** A town and how far it is. */
export interface NearTown {
  readonly town: Town;
  readonly metres: number;
}

/** All towns that have come. */
export class Towns {
  /** The largest first. */
  all: readonly MapTown[] = [];
  readonly #onLoad: () => void;
  #hasAskedSmall = false;

  /** Begins to load the large ones; calls `onLoad` each time that there are more. */
  constructor(onLoad: () => void) {
    this.#onLoad = onLoad;
    inBackground(this.#load("towns.json"));
  }

  /** Has the small ones come, too. */
  wantSmall(): void {
    if (this.#hasAskedSmall) return;
    this.#hasAskedSmall = true;
    inBackground(this.#load("small_towns.json").then((came) => this.#hasAskedSmall = came));
  }

  /** The nearest town to a point, if one is near. */
  nearest(latitude: number, longitude: number): NearTown | undefined {
    const point = { latitude, longitude };
    const narrowing = Math.max(0.05, Math.cos(latitude * Math.PI / 180));
    let best: Town | undefined;
    let bestSquare = Infinity;
    // By degrees made equally long, which is exact enough nearby.
    for (const town of this.all) {
      const up = town.latitude - latitude;
      let across = Math.abs(town.longitude - longitude);
      if (across > 180) across = 360 - across;
      const square = up * up + (across * narrowing) ** 2;
      if (square < bestSquare) [best, bestSquare] = [town, square];
    }
    if (best === undefined) return undefined;
    const metres = metresBetween(point, best);
    return metres <= MAX_NEAR_METRES ? { town: best, metres } : undefined;
  }

  /** The map is of use without names: that they do not come is no failure of it. */
  async #load(name: string): Promise<boolean> {
    try {
      const response = await fetch(name);
      if (!response.ok) return false;
      const towns = unpackTowns(await response.json() as PackedTowns).map((it) => {
        const [x, y] = project(it.longitude, it.latitude);
        return { ...it, x, y };
      });
      this.all = [...this.all, ...towns].sort((a, b) => b.size - a.size);
      this.#onLoad();
      return true;
    } catch {
      return false;
    }
  }
}
