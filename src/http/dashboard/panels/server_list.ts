// The servers as a table: who is up, what each one knows and does, and what ails it.

import * as format from "../page/format.ts";
import type { Herd, HerdServer } from "../data/herd.ts";

/** Keeps the rows of a table up to date. */
export class ServerList {
  readonly #herd: Herd;
  readonly #body: HTMLTableSectionElement;
  readonly #rows = new Map<string, HTMLTableRowElement>();

  constructor(herd: Herd, body: HTMLTableSectionElement) {
    this.#herd = herd;
    this.#body = body;
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

  #add(name: string, index: number): HTMLTableRowElement {
    const row = document.createElement("tr");
    row.dataset.server = name;
    row.style.setProperty("--server", `var(--server-${index % 8})`);
    const head = document.createElement("th");
    head.scope = "row";
    row.append(
      head,
      ...["state", "clients", "rate", "lag"].map((it) => {
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
    setText(head!, name);
    if (isSelf) head!.dataset.self = "this page";
    const word = state === "up" && troubles.length > 0 ? "degraded" : state;
    setText(stateCell!, word);
    row.title = [...troubles, status === null ? "" : `version ${status.version}`].join("\n").trim();
    setText(clients!, status === null ? "–" : format.count(status.clients));
    clients!.classList.toggle("behind", state === "up" && (status?.records ?? most) < most);
    const rates = this.#herd.ratesOf(name);
    setText(rate!, rates === undefined ? "–" : format.rate(rates.updates + rates.queries));
    const lags = this.#herd.snapshot!.links.filter((it) => it.to === name && it.isUp)
      .map((it) => it.lagSeconds ?? 0);
    setText(lag!, lags.length === 0 ? "–" : format.delay(Math.max(...lags)));
  }
}

/** Sets a text only when it changes, so that nobody is told of it for nothing. */
function setText(element: HTMLElement, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}
