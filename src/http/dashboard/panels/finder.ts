// The box that finds clients by the start of their ids as one types: a combobox with a list below it.

import * as format from "../page/format.ts";
import { setText } from "../page/set_text.ts";
import type { FoundClient } from "./selection.ts";

/** Typing rests for this long before it is asked for, in milliseconds. */
const REST_MS = 120;

export interface FinderOptions {
  readonly input: HTMLInputElement;
  readonly list: HTMLUListElement;
  /** Says what was found, or that nothing was. */
  readonly message: HTMLElement;
  /** Asks for clients by the start of an id, percent-encoded. */
  ask(prefix: string): void;
  /** A client's place, in words. */
  whereabouts(client: FoundClient): string;
  onChoose(client: FoundClient): void;
  /** It was left with the Escape key, or by a choice. */
  onLeave(): void;
}

/** Finds clients. */
export class Finder {
  readonly #options: FinderOptions;
  #found: readonly FoundClient[] = [];
  #active = -1;
  /** The prefix whose answer is waited for. */
  #asked: string | undefined;
  /** Enter was pressed before the answer came. */
  #isEager = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(options: FinderOptions) {
    this.#options = options;
    const { input, list } = options;
    input.addEventListener("input", () => this.#type());
    input.addEventListener("keydown", (event) => this.#onKey(event));
    input.addEventListener("blur", () => this.#close());
    input.addEventListener("focus", () => this.#type());
    // Before the box loses its focus.
    list.addEventListener("pointerdown", (event) => event.preventDefault());
    list.addEventListener("click", (event) => {
      const item = (event.target as Element).closest("li");
      if (item !== null) this.#choose(Number(item.dataset.index));
    });
    input.form?.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#enter();
    });
  }

  /** Takes the answer to a prefix. */
  take(prefix: string, clients: readonly FoundClient[]): void {
    if (prefix !== this.#asked) return;
    this.#asked = undefined;
    const now = this.#prefix;
    if (now !== prefix) return now === "" ? this.#close() : this.#ask();
    this.#found = clients;
    this.#active = clients.length > 0 ? 0 : -1;
    this.#show();
    if (this.#isEager && clients.length > 0) this.#choose(0);
    this.#isEager = false;
  }

  /** Another connection will not answer what this one was asked. */
  reset(): void {
    this.#asked = undefined;
    this.#close();
  }

  get #prefix(): string {
    return format.encodedId(this.#options.input.value);
  }

  #type(): void {
    clearTimeout(this.#timer);
    if (this.#prefix === "") return this.#close();
    this.#timer = setTimeout(() => this.#ask(), REST_MS);
  }

  /** One question at a time: the answer to an older one asks anew. */
  #ask(): void {
    if (this.#asked !== undefined || this.#prefix === "") return;
    this.#asked = this.#prefix;
    this.#options.ask(this.#asked);
  }

  #enter(): void {
    if (this.#active >= 0 && this.#asked === undefined) return this.#choose(this.#active);
    if (this.#prefix === "") return;
    this.#isEager = true;
    clearTimeout(this.#timer);
    this.#ask();
  }

  #onKey(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined && this.#found.length > 0) {
      event.preventDefault();
      this.#active = (this.#active + step + this.#found.length) % this.#found.length;
      this.#mark();
    } else if (event.key === "Escape") {
      event.stopPropagation();
      event.preventDefault();
      this.#leave();
    }
  }

  #choose(index: number): void {
    const client = this.#found[index];
    if (client === undefined) return;
    this.#leave();
    this.#options.onChoose(client);
  }

  #leave(): void {
    this.#options.input.value = "";
    this.#close();
    this.#options.onLeave();
  }

  #close(): void {
    clearTimeout(this.#timer);
    this.#isEager = false;
    this.#found = [];
    this.#active = -1;
    this.#options.list.hidden = true;
    this.#options.input.setAttribute("aria-expanded", "false");
    this.#options.input.removeAttribute("aria-activedescendant");
    setText(this.#options.message, "");
  }

  #show(): void {
    const { list, input, message, whereabouts } = this.#options;
    list.replaceChildren(...this.#found.map((client, index) => {
      const item = document.createElement("li");
      item.id = `found-${index}`;
      item.role = "option";
      item.dataset.index = String(index);
      const id = document.createElement("b");
      id.textContent = format.readableId(client.id);
      const where = document.createElement("span");
      where.textContent = whereabouts(client);
      item.append(id, where);
      return item;
    }));
    list.hidden = this.#found.length === 0;
    input.setAttribute("aria-expanded", String(this.#found.length > 0));
    this.#mark();
    const typed = input.value.trim();
    setText(message, this.#found.length > 0 ? "" : `No client's id begins with '${typed}'`);
  }

  #mark(): void {
    const items = [...this.#options.list.children];
    items.forEach((it, i) => it.ariaSelected = String(i === this.#active));
    const active = items[this.#active];
    if (active === undefined) return;
    this.#options.input.setAttribute("aria-activedescendant", active.id);
    active.scrollIntoView({ block: "nearest" });
  }
}
