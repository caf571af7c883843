// Captions in a corner of the map: its scale, and the place under the mouse.

import type { Towns } from "../data/towns.ts";
import { unproject } from "../map/projection.ts";
import { scaleOf } from "../map/scale_bar.ts";
import type { View } from "../map/view.ts";
import * as format from "../page/format.ts";
import { setText } from "../page/set_text.ts";

/** From this zoom on a place is told to some ten metres. */
const FINE_ZOOM = 100;

/** The elements that say it. */
export interface CaptionElements {
  readonly scale: HTMLElement;
  readonly bar: HTMLElement;
  readonly length: HTMLElement;
  readonly place: HTMLElement;
}

/** The captions of a map. */
export class Captions {
  readonly #view: View;
  readonly #towns: Towns;
  readonly #elements: CaptionElements;
  #shownVersion = -1;

  constructor(view: View, towns: Towns, elements: CaptionElements) {
    this.#view = view;
    this.#towns = towns;
    this.#elements = elements;
  }

  /** Shows the scale of the view, if that has changed. */
  showScale(): void {
    if (this.#view.version === this.#shownVersion) return;
    this.#shownVersion = this.#view.version;
    const { scale: element, bar, length } = this.#elements;
    const scale = scaleOf(this.#view);
    element.hidden = scale === undefined;
    if (scale === undefined) return;
    bar.style.width = `${scale.pixels.toFixed(0)}px`;
    setText(length, format.distance(scale.metres).replace(".0 ", " "));
  }

  /** Says what is at a pixel; nothing where there is no world, or no mouse. */
  showPlace(at: { readonly x: number; readonly y: number } | undefined): void {
    const { place } = this.#elements;
    const units = at && this.#view.toUnits(at.x, at.y);
    const degrees = units && unproject(units.x, units.y);
    place.hidden = degrees === undefined;
    if (degrees === undefined) return;
    const [longitude, latitude] = degrees;
    const near = this.#towns.nearest(latitude, longitude);
    const town = near === undefined ? "" : ` · ${near.town.name}`;
    const digits = this.#view.zoom > FINE_ZOOM ? 4 : 2;
    setText(place, format.degrees(latitude, longitude, digits) + town);
  }
}
