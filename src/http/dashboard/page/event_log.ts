// The log of the herd while one watched: newest first, a line for each story.

import type { EventMessage } from "../../sockets/live_protocol.ts";
import { EventFolding, type Story } from "./event_folding.ts";

const MAX_EVENTS = 200;

/** The look of an event. */
export type Tone = "good" | "bad" | "plain";

/** A list of events. */
export class EventLog {
  readonly #list: HTMLOListElement;
  readonly #empty: HTMLElement;
  readonly #folding = new EventFolding();
  readonly #stories = new Map<number, HTMLLIElement>();

  constructor(list: HTMLOListElement, empty: HTMLElement) {
    this.#list = list;
    this.#empty = empty;
  }

  /** Adds what the server tells of the herd, to the story that it belongs to. */
  hear(event: EventMessage): void {
    const { story, absorbed } = this.#folding.take(event);
    for (const id of absorbed) {
      this.#stories.get(id)?.remove();
      this.#stories.delete(id);
    }
    const known = this.#stories.get(story.id);
    if (known === undefined || !known.isConnected) this.#stories.set(story.id, this.#tell(story));
    else {
      known.className = story.isGood ? "good" : "bad";
      const words = known.querySelector("span")!;
      if (words.textContent !== story.text) words.textContent = story.text;
    }
  }

  /** Adds a line about what happened just now. */
  add(text: string, tone: Tone, time = new Date()): HTMLLIElement {
    const item = document.createElement("li");
    item.className = tone;
    const clock = document.createElement("time");
    clock.dateTime = time.toISOString();
    clock.textContent = time.toTimeString().slice(0, 8);
    const words = document.createElement("span");
    words.textContent = text;
    item.append(clock, words);
    this.#list.prepend(item);
    this.#empty.hidden = true;
    while (this.#list.children.length > MAX_EVENTS) this.#list.lastElementChild!.remove();
    return item;
  }

  #tell({ text, isGood, sinceMs }: Story): HTMLLIElement {
    return this.add(text, isGood ? "good" : "bad", new Date(sinceMs));
  }
}
