// The card of the client that is looked at, in people's words.

import { inBackground } from "../../../base/background.ts";
import type { Clients } from "../data/clients.ts";
import type { Client } from "../data/herd.ts";
import { motionOf } from "../data/motion.ts";
import { forget } from "../data/forget.ts";
import { placesNear } from "../data/places.ts";
import * as format from "../page/format.ts";
import { setText } from "../page/set_text.ts";
import type { FoundClient, Selection } from "./selection.ts";

/** A clock that differs from the server's by more than this is worth a word. */
const SKEW_SECONDS = 2;

/** Time for which a button says what it did, in milliseconds. */
const DONE_MS = 1_500;

export interface ClientCardOptions {
  readonly card: HTMLElement;
  readonly clients: Clients;
  readonly selection: Selection;
  /** A point's place among towns, in words; undefined if none is near. */
  whereabouts(client: Client): string | undefined;
  onClose(): void;
  /** Places came, or went. */
  onPlaces(): void;
  /** The map is to follow the client, or not any more. */
  onFollow(follows: boolean): void;
}

/** Shows one client. */
export class ClientCard {
  readonly #options: ClientCardOptions;
  #isFollowing = false;

  constructor(options: ClientCardOptions) {
    this.#options = options;
    this.#button("close").addEventListener("click", () => options.onClose());
    this.#button("copy").addEventListener("click", () => inBackground(this.#copy()));
    this.#button("share").addEventListener("click", () => inBackground(this.#share()));
    this.#button("follow").addEventListener("click", () => this.follow(!this.#isFollowing));
    this.#button("forget").addEventListener("click", () => inBackground(this.#forget()));
    this.#button("near").addEventListener("click", () => inBackground(this.#askPlaces()));
  }

  /** True while the map follows the client. */
  get isFollowing(): boolean {
    return this.#isFollowing;
  }

  /** Has the map follow the client, or not. */
  follow(follows: boolean): void {
    if (follows === this.#isFollowing) return;
    this.#isFollowing = follows;
    this.#button("follow").setAttribute("aria-pressed", String(follows));
    this.#options.onFollow(follows);
  }

  hide(): void {
    this.follow(false);
    this.#options.card.hidden = true;
    this.#askForget(false);
    this.#showPlaces("");
  }

  /** Shows what the server says of the client. */
  show(client: FoundClient): void {
    const { card, selection } = this.#options;
    selection.client = client;
    card.hidden = false;
    this.#set("id", format.readableId(client.id));
    this.#set("location", format.degrees(client.lat, client.lon));
    this.#set("server", client.server);
    this.#set("where", this.#options.whereabouts(client) ?? "far from any town");
    const skew = Number(client.skew);
    const isOff = Math.abs(skew) > SKEW_SECONDS;
    this.#field("skew").parentElement!.hidden = !isOff;
    this.#set(
      "skew",
      `${format.delay(Math.abs(skew))} ${skew > 0 ? "behind" : "ahead of"} the server's`,
    );
    this.tick();
  }

  /** Lets the ages in the card grow. */
  tick(): void {
    const { card, clients, selection } = this.#options;
    const { client, slot } = selection;
    if (client === undefined || card.hidden) return;
    const seconds = Number(client.time);
    this.#set("time", `${format.age(Date.now() / 1000 - seconds)}, at ${format.moment(seconds)}`);
    const trail = clients.trail(slot);
    const moves = trail.length - 1;
    this.#set("moves", moves > 0 ? `${moves} seen from here` : "none since this page was opened");
    this.#field("motion").parentElement!.hidden = true;
    const motion = motionOf(trail, performance.now());
    if (motion.kind !== "unknown") {
      this.#field("motion").parentElement!.hidden = false;
      this.#set(
        "motion",
        motion.kind === "stands"
          ? "stands still"
          : motion.kind === "jumped"
          ? `jumped ${format.distance(motion.metres)}`
          : `${format.speed(motion.metresPerSecond)}, ${motion.direction}`,
      );
    }
    card.classList.toggle("gone", !selection.isThere);
    this.#field("gone").hidden = selection.isThere;
  }

  async #askPlaces(): Promise<void> {
    const { selection } = this.#options;
    const { client } = selection;
    if (client === undefined) return;
    this.#button("near").disabled = true;
    this.#showPlaces("Asking …");
    const places = await placesNear(client);
    this.#button("near").disabled = false;
    // Somebody else may be looked at by now.
    if (selection.slot !== client.slot) return;
    if (typeof places === "string") return this.#showPlaces(places);
    this.#showPlaces("", places.map((it) => [it.name, format.distance(it.metres)] as const));
    selection.places = places;
    this.#options.onPlaces();
  }

  #showPlaces(text: string, places: readonly (readonly [string, string])[] = []): void {
    this.#set("places-note", text);
    this.#field("places").replaceChildren(...places.map(([name, distance]) => {
      const item = document.createElement("li");
      const words = document.createElement("span");
      words.textContent = name;
      const far = document.createElement("span");
      far.textContent = distance;
      item.append(words, far);
      return item;
    }));
  }

  /** Has the herd forget the client, once that was said twice. */
  async #forget(): Promise<void> {
    const { client } = this.#options.selection;
    const button = this.#button("forget");
    if (client === undefined) return;
    const isSure = button.classList.contains("is-asking");
    this.#askForget(!isSure);
    if (!isSure) return;
    const fault = await forget(client);
    if (fault !== undefined) this.#showPlaces(fault);
  }

  #askForget(isAsking: boolean): void {
    const button = this.#button("forget");
    button.classList.toggle("is-asking", isAsking);
    setText(button, isAsking ? "Forget for good?" : "Forget");
  }

  async #copy(): Promise<void> {
    const { client } = this.#options.selection;
    if (client === undefined) return;
    const { lat, lon } = client;
    await this.#toClipboard("copy", `${format.readableId(client.id)} ${lat}, ${lon}`);
  }

  async #share(): Promise<void> {
    await this.#toClipboard("share", location.href);
  }

  async #toClipboard(name: "copy" | "share", text: string): Promise<void> {
    const button = this.#button(name);
    const label = button.dataset.label ??= button.textContent;
    try {
      // Pages over plain HTTP from elsewhere than loopback have no clipboard.
      await navigator.clipboard.writeText(text);
      setText(button, "Copied");
    } catch {
      setText(button, "Not allowed");
    }
    setTimeout(() => setText(button, label), DONE_MS);
  }

  #button(name: string): HTMLButtonElement {
    return this.#options.card.querySelector<HTMLButtonElement>(`[data-action="${name}"]`)!;
  }

  #field(name: string): HTMLElement {
    return this.#options.card.querySelector<HTMLElement>(`[data-field="${name}"]`)!;
  }

  #set(name: string, text: string): void {
    setText(this.#field(name), text);
  }
}
