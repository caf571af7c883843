// The client that is looked at: its trail, a ring around it and what is near it, on the map. What is
// said of it in words is in client_card.ts.

import type { Clients } from "../data/clients.ts";
import * as format from "../page/format.ts";
import type { Client } from "../data/herd.ts";
import type { NearPlace } from "../data/places.ts";
import { type LabelSpace, textBox } from "../map/label_space.ts";
import { project } from "../map/projection.ts";
import type { Theme } from "../page/theme.ts";
import type { View } from "../map/view.ts";

/** A client that was found, and its slot. */
export type FoundClient = Client & { readonly slot: number };

/** A name of a place is not longer on the map. */
const MAX_NAME = 26;
/** The width of a character there, about. */
const CHARACTER_PIXELS = 6.5;

/** The selected client, if there is one. */
export class Selection {
  /** The slot; 0 for none. */
  slot = 0;
  /** The server's last answer; undefined before. */
  client: FoundClient | undefined;
  /** Places near the client, if they were asked for. */
  places: readonly NearPlace[] = [];
  readonly #clients: Clients;

  constructor(clients: Clients) {
    this.#clients = clients;
  }

  /** True while the client is known. */
  get isThere(): boolean {
    return this.slot !== 0 && this.#clients.has(this.slot);
  }

  /** Looks at a slot; 0 looks at nobody. */
  choose(slot: number): void {
    this.slot = slot;
    this.client = undefined;
    this.places = [];
  }

  /** Gives the places near the client their room on the map, before names of towns have any. */
  reserve(space: LabelSpace, { k, x, y }: View): void {
    if (!this.isThere) return;
    for (const { name, latitude, longitude } of this.places) {
      const [ux, uy] = project(longitude, latitude);
      const width = Math.min(MAX_NAME, name.length) * CHARACTER_PIXELS + 20;
      space.reserve(textBox(width, { x: ux * k + x - 8, y: uy * k + y }));
    }
  }

  /** Draws trail, ring and places. */
  draw(context: CanvasRenderingContext2D, { k, x, y }: View, theme: Theme): void {
    if (!this.isThere) return;
    const trail = this.#clients.trail(this.slot);
    context.lineJoin = context.lineCap = "round";
    context.strokeStyle = theme.accent;
    context.lineWidth = 2;
    for (let i = 1; i < trail.length; i++) {
      // What is long ago is faint.
      context.globalAlpha = 0.15 + (0.75 * i) / trail.length;
      context.beginPath();
      context.moveTo(trail[i - 1]!.x * k + x, trail[i - 1]!.y * k + y);
      context.lineTo(trail[i]!.x * k + x, trail[i]!.y * k + y);
      context.stroke();
    }
    context.globalAlpha = 1;
    this.#drawPlaces(context, { k, x, y }, theme);
    const { x: ux, y: uy } = trail.at(-1)!;
    context.strokeStyle = theme.accent;
    context.lineWidth = 2;
    context.beginPath();
    context.arc(ux * k + x, uy * k + y, 9, 0, 2 * Math.PI);
    context.stroke();
  }

  #drawPlaces(
    context: CanvasRenderingContext2D,
    { k, x, y }: Pick<View, "k" | "x" | "y">,
    theme: Theme,
  ): void {
    context.font = "italic 11px system-ui, sans-serif";
    context.textBaseline = "middle";
    for (const { name, latitude, longitude } of this.places) {
      const [ux, uy] = project(longitude, latitude);
      const px = ux * k + x, py = uy * k + y;
      // A lozenge, to tell it from clients and servers.
      context.beginPath();
      context.moveTo(px, py - 6);
      context.lineTo(px + 6, py);
      context.lineTo(px, py + 6);
      context.lineTo(px - 6, py);
      context.closePath();
      context.fillStyle = theme.late;
      context.strokeStyle = theme.halo;
      context.lineWidth = 2;
      context.stroke();
      context.fill();
      context.fillStyle = theme.text;
      context.lineWidth = 3;
      const text = format.shortened(name, MAX_NAME);
      context.strokeText(text, px + 10, py);
      context.fillText(text, px + 10, py);
    }
  }
}
