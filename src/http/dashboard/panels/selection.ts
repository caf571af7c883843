// The client that is looked at: its details in a card, its trail and a ring on the map.

import type { Clients } from "../data/clients.ts";
import * as format from "../page/format.ts";
import type { Client } from "../data/herd.ts";
import type { Theme } from "../page/theme.ts";
import type { View } from "../map/view.ts";

/** A client that was found, and its slot. */
export type FoundClient = Client & { readonly slot: number };

/** What is looked at, if anything. */
export class Selection {
  /** The slot; 0 for none. */
  slot = 0;
  readonly #clients: Clients;
  readonly #card: HTMLElement;
  #found: FoundClient | undefined;

  constructor(clients: Clients, card: HTMLElement) {
    this.#clients = clients;
    this.#card = card;
  }

  /** Looks at a slot; what it is comes with `show`. */
  choose(slot: number): void {
    this.slot = slot;
    this.#found = undefined;
    this.#card.hidden = true;
  }

  /** Shows what the server says of the client. */
  show(client: FoundClient): void {
    this.slot = client.slot;
    this.#found = client;
    this.#card.hidden = false;
    this.#set("id", format.readableId(client.id));
    this.#set("location", format.degrees(client.lat, client.lon));
    this.#set("server", client.server);
    this.#set("skew", `${client.skew} s`);
    this.tick();
  }

  /** Lets the ages in the card grow. */
  tick(): void {
    if (this.#found === undefined || this.#card.hidden) return;
    this.#set("time", format.age(Date.now() / 1000 - Number(this.#found.time)));
    const moves = this.#clients.trail(this.slot).length - 1;
    this.#set("moves", moves > 0 ? `${moves} seen from here` : "none since this page was opened");
    this.#card.classList.toggle("gone", !this.#clients.has(this.slot));
  }

  /** Draws trail and ring. */
  draw(context: CanvasRenderingContext2D, { k, x, y }: View, theme: Theme): void {
    if (this.slot === 0 || !this.#clients.has(this.slot)) return;
    const trail = this.#clients.trail(this.slot);
    context.lineJoin = context.lineCap = "round";
    context.strokeStyle = theme.accent;
    for (let i = 1; i < trail.length; i++) {
      // What is long ago is faint.
      context.globalAlpha = 0.15 + (0.75 * i) / trail.length;
      context.lineWidth = 2;
      context.beginPath();
      context.moveTo(trail[i - 1]!.x * k + x, trail[i - 1]!.y * k + y);
      context.lineTo(trail[i]!.x * k + x, trail[i]!.y * k + y);
      context.stroke();
    }
    context.globalAlpha = 1;
    const { x: ux, y: uy } = trail.at(-1)!;
    context.lineWidth = 2;
    context.beginPath();
    context.arc(ux * k + x, uy * k + y, 9, 0, 2 * Math.PI);
    context.stroke();
  }

  #set(name: string, text: string): void {
    const element = this.#card.querySelector(`[data-field="${name}"]`)!;
    if (element.textContent !== text) element.textContent = text;
  }
}
