// The servers as a table: who is up, what each one knows and does, and what ails it.

import * as format from "../page/format.ts";
import { setText } from "../page/set_text.ts";
import type { Herd, HerdServer } from "../data/herd.ts";

const COLUMNS = ["state", "clients", "rate", "lag"];

/** Keeps the rows of a table up to date. */
export class ServerList {
  readonly #herd: Herd;
  readonly #body: HTMLTableSectionElement;
  readonly #onChoose: (name: string) => void;
  readonly #rows = new Map<string, HTMLTableRowElement>();

  /** `onChoose` is told of a server that somebody looks at. */
  constructor(herd: Herd, body: HTMLTableSectionElement, onChoose: (name: string) => void) {
    this.#herd = herd;
    this.#body = body;
    this.#onChoose = onChoose;
  }

  /** Shows the present state. */
  update(): void {
    const { snapshot } = this.#herd;
    if (snapshot === undefined) return;
    const most = Math.max(...snapshot.servers.map((it) => it.status?.records ?? 0));
    snapshot.servers.forEach((it, index) => {
      const row = this.#rows.get(it.name) ?? this.#add(it.name, index);
      this.#fill(row, it, it.name === snapshot.self, most);
    });
  }

  /** Marks the server that is looked at; undefined for none. */
  mark(chosen: string | undefined): void {
    for (const [name, row] of this.#rows) {
      row.querySelector("button")!.setAttribute("aria-pressed", String(name === chosen));
    }
    if (chosen === undefined) return;
    this.#rows.get(chosen)?.scrollIntoView({ block: "nearest" });
  }

  #add(name: string, index: number): HTMLTableRowElement {
    const row = document.createElement("tr");
    row.dataset.server = name;
    row.style.setProperty("--server", `var(--server-${index % 8})`);
    const head = document.createElement("th");
    head.scope = "row";
    const button = document.createElement("button");
    button.type = "button";
    const words = document.createElement("span");
    words.textContent = name;
    button.append(words);
    button.title = `${name}: show its clients alone`;
    button.setAttribute("aria-pressed", "false");
    button.addEventListener("click", () => this.#onChoose(name));
    head.append(button);
    row.append(
      head,
      ...COLUMNS.map((it) => {
        const cell = document.createElement("td");
        cell.className = it;
        return cell;
      }),
    );
    this.#rows.set(name, row);
    this.#body.append(row);
    return row;
  }

  #fill(row: HTMLTableRowElement, server: HerdServer, isSelf: boolean, most: number): void {
    const { name, state, status } = server;
    const troubles = status?.troubles ?? [];
    row.className = `${state}${state === "up" && troubles.length > 0 ? " troubled" : ""}`;
    const [head, stateCell, clients, rate, lag] = row.cells;
    if (isSelf) head!.dataset.self = "this page";
    const word = state === "up" && troubles.length > 0 ? "degraded" : state;
    setText(stateCell!, word);
    const title = [...troubles, status === null ? "" : `version ${status.version}`].join("\n")
      .trim();
    if (row.title !== title) row.title = title;
    setText(clients!, status === null ? "–" : format.brief(status.clients));
    clients!.title = status === null ? "" : format.count(status.clients);
    clients!.classList.toggle("behind", state === "up" && (status?.records ?? most) < most);
    const rates = this.#herd.ratesOf(name);
    setText(rate!, rates === undefined ? "–" : format.rate(rates.updates + rates.queries));
    const seconds = this.#herd.lagOf(name);
    setText(lag!, seconds === undefined ? "–" : format.lag(seconds));
  }
}
