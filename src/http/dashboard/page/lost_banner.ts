// The banner of a page that has lost its server: since when, that nothing on it is of now, and where the
// herd can be seen meanwhile.

import type { HerdSnapshot } from "../data/herd.ts";
import { setText } from "./set_text.ts";

/** Pages of other servers at most. */
const MAX_OTHERS = 4;

export class LostBanner {
  readonly #element: HTMLElement;

  constructor(element: HTMLElement) {
    this.#element = element;
  }

  /** Says that the server of the page is lost as of now. */
  show(herd: HerdSnapshot | undefined): void {
    const time = new Date().toTimeString().slice(0, 8);
    document.body.dataset.isStale = "";
    this.#element.hidden = false;
    setText(
      this.#element.querySelector("#lost-text")!,
      `${herd?.self ?? "The server"} does not answer since ${time}. What is shown is from then. ` +
        "This page tries again by itself.",
    );
    const others = (herd?.servers ?? [])
      .filter((it) => it.name !== herd!.self && it.http !== null && it.state === "up")
      .slice(0, MAX_OTHERS);
    this.#element.querySelector("#lost-others")!.replaceChildren(...others.map((it) => {
      const link = document.createElement("a");
      const host = it.host.includes(":") ? `[${it.host}]` : it.host;
      link.href = `${location.protocol}//${host}:${it.http}/`;
      link.textContent = `Page of ${it.name}`;
      return link;
    }));
  }

  /** The server is there again. */
  hide(): void {
    delete document.body.dataset.isStale;
    this.#element.hidden = true;
  }
}
