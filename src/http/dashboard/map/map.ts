// The map: its canvases, what is drawn on them when, and what pointers and keys do there.

import { BaseMap } from "./base_map.ts";
import { ClientLayer } from "./client_layer.ts";
import type { Clients } from "../data/clients.ts";
import type { Herd } from "../data/herd.ts";
import { HerdLayer } from "./herd_layer.ts";
import { listenToPointers } from "./pointer.ts";
import type { Selection } from "../panels/selection.ts";
import { readTheme, type Theme } from "../page/theme.ts";
import { View } from "./view.ts";

const CLICK_RADIUS = 14;
/** Frames are drawn at most this often: a map of dots needs no more, and laptops stay cool. */
const FRAME_MS = 1000 / 31;

/** What happens on the map. */
export interface MapListener {
  onClient(slot: number): void;
  onServer(name: string): void;
  onNothing(): void;
  onDrawn(): void;
  /** A frame could not be drawn for a reason that no frame before had. */
  onFailure(reason: string): void;
}

/** The map. */
export class WorldMap {
  readonly view = new View();
  readonly clientLayer: ClientLayer;
  readonly #base: BaseMap;
  readonly #herdLayer: HerdLayer;
  readonly #selection: Selection;
  readonly #listener: MapListener;
  readonly #baseContext: CanvasRenderingContext2D;
  readonly #liveContext: CanvasRenderingContext2D;
  #theme: Theme = readTheme();
  #ratio = 1;
  #drawnVersion = -1;
  #isDirty = true;
  #drawnMs = 0;

  constructor(
    element: HTMLElement,
    { clients, herd, selection, listener }: {
      readonly clients: Clients;
      readonly herd: Herd;
      readonly selection: Selection;
      readonly listener: MapListener;
    },
  ) {
    this.#selection = selection;
    this.#listener = listener;
    this.clientLayer = new ClientLayer(clients);
    this.#herdLayer = new HerdLayer(herd);
    this.#base = new BaseMap(() => this.#drawnVersion = -1);
    const [base, live] = ["base", "live"].map((name) => {
      const canvas = document.createElement("canvas");
      canvas.className = name;
      canvas.ariaHidden = "true";
      element.append(canvas);
      return canvas;
    }) as [HTMLCanvasElement, HTMLCanvasElement];
    this.#baseContext = base.getContext("2d")!;
    this.#liveContext = live.getContext("2d")!;
    new ResizeObserver(() => this.#resize(element)).observe(element);
    listenToPointers(element, this.view, (px, py) => this.#click(px, py));
    element.addEventListener("keydown", (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (this.view.onKey(event.key)) event.preventDefault();
    });
    const failures = new Set<string>();
    const draw = (nowMs: number) => {
      // First: a frame that cannot be drawn does not end those after it.
      requestAnimationFrame(draw);
      try {
        this.#draw(nowMs);
      } catch (error) {
        const reason = String(error);
        if (!failures.has(reason)) listener.onFailure(reason);
        failures.add(reason);
        // Half a frame leaves half a state behind.
        this.#liveContext.reset();
        this.#drawnVersion = -1;
      }
    };
    requestAnimationFrame(draw);
  }

  /** Something to be drawn has changed. */
  touch(): void {
    this.#isDirty = true;
  }

  /** Takes over the page's colours. */
  setTheme(theme: Theme): void {
    this.#theme = theme;
    this.#drawnVersion = -1;
  }

  #resize(element: HTMLElement): void {
    const { clientWidth, clientHeight } = element;
    // More than two pixels for one are seen by nobody and paid for by everybody.
    this.#ratio = Math.min(2, devicePixelRatio);
    for (const { canvas } of [this.#baseContext, this.#liveContext]) {
      canvas.width = clientWidth * this.#ratio;
      canvas.height = clientHeight * this.#ratio;
    }
    this.view.resize(clientWidth, clientHeight);
  }

  #draw(nowMs: number): void {
    const { view } = this;
    if (nowMs - this.#drawnMs < FRAME_MS) return;
    view.tick(nowMs);
    const hasMoved = view.version !== this.#drawnVersion;
    if (!hasMoved && !this.#isDirty) return;
    this.#drawnMs = nowMs;
    this.#drawnVersion = view.version;
    if (hasMoved) this.#base.draw(this.#baseContext, view, this.#theme, this.#ratio);
    const context = this.#liveContext;
    context.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
    context.globalAlpha = 1;
    context.clearRect(0, 0, view.width, view.height);
    const glows = this.clientLayer.draw(context, view, this.#theme, nowMs);
    const flows = this.#herdLayer.draw(context, view, this.#theme, nowMs);
    this.#selection.draw(context, view, this.#theme);
    const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.#isDirty = (glows || flows) && !isStill;
    this.#listener.onDrawn();
  }

  #click(px: number, py: number): void {
    const server = this.#herdLayer.serverAt(this.view, px, py);
    const slot = this.clientLayer.nearest(this.view, px, py, CLICK_RADIUS);
    if (server !== undefined) this.#listener.onServer(server);
    else if (slot !== 0) this.#listener.onClient(slot);
    else this.#listener.onNothing();
  }
}
