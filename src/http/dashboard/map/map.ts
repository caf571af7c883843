// The map: its canvases, what is drawn on them when, and what pointers and keys do there. The lowest
// canvas is drawn when the view changes, the middle one when clients do, too, and the highest one, with
// what flows and glows, for each frame.

import { BaseMap } from "./base_map.ts";
import { ClientLayer } from "./client_layer.ts";
import type { Clients } from "../data/clients.ts";
import type { Herd } from "../data/herd.ts";
import type { Towns } from "../data/towns.ts";
import { HerdLayer } from "./herd_layer.ts";
import { LabelSpace } from "./label_space.ts";
import { listenToPointers } from "./pointer.ts";
import type { Selection } from "../panels/selection.ts";
import { readTheme, type Theme } from "../page/theme.ts";
import { TownLayer } from "./town_layer.ts";
import { View } from "./view.ts";

/** Greatest distance of a click from a mark, in pixels. Fingers hit within 44 pixels. */
const CLICK_RADIUS = 14;
const TOUCH_RADIUS = 22;
/** The least time between frames: 60 a second, and half of that once drawing one takes long. */
const FRAME_MS = 1000 / 61;
const SLOW_FRAME_MS = 1000 / 31;
const LONG_DRAW_MS = 9;

/** Events of the map. */
export interface MapListener {
  onClient(slot: number): void;
  onServer(name: string): void;
  onNothing(): void;
  onDrawn(): void;
  /** The pixel that the mouse is at; undefined once it is gone. */
  onHover(at: { readonly x: number; readonly y: number } | undefined): void;
  /** A frame could not be drawn for a reason that no frame before had. */
  onFailure(reason: string): void;
}

/** Layers that are drawn. */
export interface MapContents {
  readonly clients: Clients;
  readonly herd: Herd;
  readonly towns: Towns;
  readonly selection: Selection;
  readonly listener: MapListener;
}

export class WorldMap {
  readonly clientLayer: ClientLayer;
  readonly #base: BaseMap;
  readonly #herdLayer: HerdLayer;
  readonly #townLayer: TownLayer;
  readonly #selection: Selection;
  readonly #listener: MapListener;
  readonly #baseContext: CanvasRenderingContext2D;
  readonly #clientsContext: CanvasRenderingContext2D;
  readonly #liveContext: CanvasRenderingContext2D;
  readonly #calm = matchMedia("(prefers-reduced-motion: reduce)");
  readonly view = new View(() => this.#calm.matches);
  #theme: Theme = readTheme();
  #ratio = 1;
  #drawnVersion = -1;
  #haveClientsChanged = true;
  #isDirty = true;
  #drawnMs = 0;
  /** The time that drawing a frame takes, of late. */
  #costMs = 0;

  constructor(element: HTMLElement, { clients, herd, towns, selection, listener }: MapContents) {
    this.#selection = selection;
    this.#listener = listener;
    this.clientLayer = new ClientLayer(clients);
    this.#herdLayer = new HerdLayer(herd);
    this.#townLayer = new TownLayer(towns);
    this.#base = new BaseMap(() => this.#drawnVersion = -1);
    const contexts = ["base", "clients", "live"].map((name) => {
      const canvas = document.createElement("canvas");
      canvas.className = name;
      canvas.ariaHidden = "true";
      element.append(canvas);
      return canvas.getContext("2d")!;
    });
    [this.#baseContext, this.#clientsContext, this.#liveContext] = contexts as [
      CanvasRenderingContext2D,
      CanvasRenderingContext2D,
      CanvasRenderingContext2D,
    ];
    new ResizeObserver(() => this.#resize(element)).observe(element);
    listenToPointers(element, this.view, {
      onClick: (px, py, isFinger) => this.#click(px, py, isFinger ? TOUCH_RADIUS : CLICK_RADIUS),
      onHover: (at) => listener.onHover(at),
    });
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
        for (const context of contexts.slice(1)) context.reset();
        this.#drawnVersion = -1;
      }
    };
    requestAnimationFrame(draw);
  }

  /** Clients have changed, or what is said of them. */
  touch(): void {
    this.#haveClientsChanged = this.#isDirty = true;
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
    for (const { canvas } of [this.#baseContext, this.#clientsContext, this.#liveContext]) {
      canvas.width = clientWidth * this.#ratio;
      canvas.height = clientHeight * this.#ratio;
    }
    this.view.resize(clientWidth, clientHeight);
  }

  #draw(nowMs: number): void {
    const { view } = this;
    const least = this.#costMs > LONG_DRAW_MS ? SLOW_FRAME_MS : FRAME_MS;
    // Before its size is known, every zoom is an infinite one.
    if (nowMs - this.#drawnMs < least || view.width === 0) return;
    view.tick(nowMs);
    const hasMoved = view.version !== this.#drawnVersion;
    if (!hasMoved && !this.#isDirty) return;
    const startedMs = performance.now();
    this.#drawnMs = nowMs;
    this.#drawnVersion = view.version;
    if (hasMoved) this.#base.draw(this.#baseContext, view, this.#theme, this.#ratio);
    if (hasMoved || this.#haveClientsChanged) this.#drawClients();
    this.#haveClientsChanged = false;
    const context = this.#cleared(this.#liveContext);
    const glows = this.clientLayer.drawGlows(context, view, this.#theme, nowMs);
    const flows = this.#herdLayer.draw(context, view, this.#theme, nowMs);
    this.#selection.draw(context, view, this.#theme);
    this.#isDirty = (glows || flows) && !this.#calm.matches;
    this.#costMs += (performance.now() - startedMs - this.#costMs) / 16;
    this.#listener.onDrawn();
  }

  #drawClients(): void {
    const { view, clientLayer } = this;
    const theme = this.#theme;
    const context = this.#cleared(this.#clientsContext);
    const space = new LabelSpace();
    this.#herdLayer.reserve(context, view, space);
    this.#selection.reserve(space, view);
    clientLayer.look(view);
    clientLayer.draw(context, view, theme);
    const names = { theme, space, first: this.#selection.slot };
    clientLayer.drawNames(context, view, names);
    const except = new Set(this.#selection.places.map((it) => it.name));
    this.#townLayer.draw(context, view, { theme, space, except });
  }

  #cleared(context: CanvasRenderingContext2D): CanvasRenderingContext2D {
    context.setTransform(this.#ratio, 0, 0, this.#ratio, 0, 0);
    context.globalAlpha = 1;
    context.clearRect(0, 0, this.view.width, this.view.height);
    return context;
  }

  #click(px: number, py: number, radius: number): void {
    const server = this.#herdLayer.serverAt(this.view, px, py, radius);
    const slot = this.clientLayer.nearest(this.view, px, py, radius);
    if (server !== undefined) this.#listener.onServer(server);
    else if (slot !== 0) this.#listener.onClient(slot);
    else this.#listener.onNothing();
  }
}
