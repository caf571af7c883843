// What happened to the herd while one watched: newest first.

const MAX_EVENTS = 200;

/** How an event looks. */
export type Tone = "good" | "bad" | "plain";

/** A list of events. */
export class EventLog {
  readonly #list: HTMLOListElement;
  readonly #empty: HTMLElement;

  constructor(list: HTMLOListElement, empty: HTMLElement) {
    this.#list = list;
    this.#empty = empty;
  }

  /** Adds one that happened at `time`. */
  add(text: string, tone: Tone, time = new Date()): void {
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
  }
}
