// The clients in view as a table that can be sorted, by keyboard too: those of one server, if one is
// looked at. Of many, those that moved last.

import type { Clients } from "../data/clients.ts";
import * as format from "../page/format.ts";
import { setText } from "../page/set_text.ts";
import type { FoundClient } from "./selection.ts";

/** Rows at most. */
const MAX_ROWS = 100;
/** The table is made anew at most so often, in milliseconds. */
const RENEW_MS = 2_000;

/** A column, and how it is sorted. */
type Column = "id" | "town" | "server" | "time";

interface Row {
  readonly client: FoundClient;
  readonly town: string;
}

export interface ClientListOptions {
  readonly clients: Clients;
  /** Open while the list is looked at. */
  readonly details: HTMLDetailsElement;
  readonly table: HTMLTableElement;
  readonly note: HTMLElement;
  /** The slots in view. */
  seen(): Uint32Array;
  /** Asks who slots are. */
  ask(slots: readonly number[]): void;
  /** The nearest town, in words. */
  whereabouts(client: FoundClient): string;
  onChoose(client: FoundClient): void;
}

/** Shows clients as rows. */
export class ClientList {
  readonly #options: ClientListOptions;
  #asked: ReadonlySet<number> = new Set();
  #rows: Row[] = [];
  #column: Column = "id";
  #isDescending = false;
  #renewedMs = -Infinity;
  #total = 0;

  constructor(options: ClientListOptions) {
    this.#options = options;
    options.details.addEventListener("toggle", () => this.renew(true));
    for (const button of options.table.querySelectorAll<HTMLButtonElement>("thead button")) {
      button.addEventListener("click", () => this.#sortBy(button.dataset.column as Column));
    }
    options.table.tBodies[0]!.addEventListener("keydown", (event) => this.#onKey(event));
    this.#markColumn();
  }

  /** Asks for what is in view now, unless it did so just before; at once if `isUrgent`. */
  renew(isUrgent = false): void {
    const { details, clients, seen, ask } = this.#options;
    if (!details.open) return;
    const nowMs = performance.now();
    if (!isUrgent && nowMs - this.#renewedMs < RENEW_MS) return;
    this.#renewedMs = nowMs;
    const slots = seen();
    this.#total = slots.length;
    const latest = slots.length <= MAX_ROWS
      ? [...slots]
      : [...slots].sort((a, b) => clients.movedMs[b]! - clients.movedMs[a]!).slice(0, MAX_ROWS);
    this.#asked = new Set(latest);
    if (latest.length > 0) ask(latest);
    else this.#take([]);
  }

  /** Takes an answer, if it is one to this list's question. */
  take(clients: readonly FoundClient[]): void {
    if (clients.length === 0 || !clients.every((it) => this.#asked.has(it.slot))) return;
    // A single one that moved meanwhile is news of its row alone.
    if (clients.length === 1 && this.#asked.size > 1) return;
    this.#take(clients);
  }

  #take(clients: readonly FoundClient[]): void {
    const { whereabouts } = this.#options;
    this.#rows = clients.map((client) => ({ client, town: whereabouts(client) }));
    this.#show();
  }

  #sortBy(column: Column): void {
    this.#isDescending = column === this.#column ? !this.#isDescending : column === "time";
    this.#column = column;
    this.#markColumn();
    this.#show();
  }

  #markColumn(): void {
    for (const button of this.#options.table.querySelectorAll<HTMLElement>("thead button")) {
      const isIt = button.dataset.column === this.#column;
      button.closest("th")!.ariaSort = !isIt
        ? "none"
        : this.#isDescending
        ? "descending"
        : "ascending";
    }
  }

  #show(): void {
    const { table, note, onChoose } = this.#options;
    const sign = this.#isDescending ? -1 : 1;
    const rows = this.#rows.toSorted((a, b) => sign * compare(this.#column, a, b));
    const body = table.tBodies[0]!;
    // Whoever is at a row stays there.
    const focused = body.contains(document.activeElement)
      ? (document.activeElement as HTMLElement).dataset.slot
      : undefined;
    body.replaceChildren(...rows.map(({ client, town }) => {
      const row = document.createElement("tr");
      const head = document.createElement("th");
      head.scope = "row";
      const button = document.createElement("button");
      button.type = "button";
      button.dataset.slot = String(client.slot);
      button.textContent = format.readableId(client.id);
      button.addEventListener("click", () => onChoose(client));
      head.append(button);
      const age = format.age(Date.now() / 1000 - Number(client.time));
      row.append(
        head,
        ...[town, client.server, age].map((text) => {
          const cell = document.createElement("td");
          cell.textContent = cell.title = text;
          return cell;
        }),
      );
      return row;
    }));
    if (focused !== undefined) {
      body.querySelector<HTMLElement>(`[data-slot="${focused}"]`)?.focus({ preventScroll: true });
    }
    table.hidden = rows.length === 0;
    setText(note, this.#note(rows.length));
  }

  #note(shown: number): string {
    if (this.#total === 0) return "No client is in view.";
    if (shown >= this.#total) return "";
    return `${shown} of the ${format.count(this.#total)} in view: those that moved last. ` +
      "Zoom in for fewer.";
  }

  #onKey(event: KeyboardEvent): void {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    const buttons = [...this.#options.table.tBodies[0]!.querySelectorAll("button")];
    const at = buttons.indexOf(event.target as HTMLButtonElement);
    if (at < 0) return;
    event.preventDefault();
    buttons[at + step]?.focus();
  }
}

function compare(column: Column, a: Row, b: Row): number {
  switch (column) {
    case "id":
      return collator.compare(format.readableId(a.client.id), format.readableId(b.client.id));
    case "town":
      return collator.compare(a.town, b.town);
    case "server":
      return collator.compare(a.client.server, b.client.server);
    case "time":
      return Number(a.client.time) - Number(b.client.time);
  }
}

const collator = new Intl.Collator("en", { numeric: true });
