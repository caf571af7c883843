// The clients in view: each one a dot in the colour of the server that it told, or, when there are too
// many for dots, how many there are in each small square.

import type { Clients } from "../data/clients.ts";
import { shortened } from "../page/format.ts";
import { type LabelSpace, textBox } from "./label_space.ts";
import { serverColor, type Theme } from "../page/theme.ts";
import type { View } from "./view.ts";

/** With more clients in view than this, squares are drawn and not dots. */
const MAX_DOTS = 4_000;
/** With at most so many, dots have names. */
const MAX_NAMED = 40;

const DOT_RADIUS = 3;
/** The side of a square in CSS pixels. */
const SQUARE = 4;
/** Time for which a move glows, and of how many moves a second: of more, only a part does. */
const GLOW_MS = 900;
const GLOWS_A_SECOND = 40;
/** A name of more characters is cut. */
const MAX_NAME = 28;
const RAMP_STEPS = 64;

/** Draws clients. */
export class ClientLayer {
  /** The place in the list of servers whose clients alone are drawn; -1 for all. */
  only = -1;
  readonly #clients: Clients;
  #visible = new Uint32Array(1024);
  #visibleCount = 0;
  readonly #glows = new Map<number, number>();
  readonly #names = new Map<number, string>();
  /** Moves since `#secondMs`, and those in the second before. */
  #moves = 0;
  #movesBefore = 0;
  #secondMs = 0;
  #counts = new Uint32Array(0);
  #image: ImageData | undefined;
  readonly #squares = document.createElement("canvas");
  #ramp: { heat: readonly string[]; colors: Uint8ClampedArray } | undefined;

  constructor(clients: Clients) {
    this.#clients = clients;
  }

  /** Number of clients in view, as of the latest drawing. */
  get visible(): number {
    return this.#visibleCount;
  }

  /** A client moved: it glows for a while. */
  glow(slot: number, nowMs: number): void {
    this.#names.delete(this.#clients.has(slot) ? -1 : slot);
    if (nowMs - this.#secondMs >= 1000) {
      this.#movesBefore = nowMs - this.#secondMs < 2000 ? this.#moves : 0;
      this.#moves = 0;
      this.#secondMs = nowMs;
    }
    this.#moves++;
    const every = Math.ceil(Math.max(this.#moves, this.#movesBefore) / GLOWS_A_SECOND);
    if (this.#moves % every === 0) this.#glows.set(slot, nowMs);
  }

  /** Takes the name of a client. */
  name(slot: number, name: string): void {
    this.#names.set(slot, name);
  }

  /** Forgets all names and glows. */
  clear(): void {
    this.#names.clear();
    this.#glows.clear();
  }

  /** The slots in view whose names would be shown and are not known, if there are few enough. */
  unnamed(): number[] {
    if (this.#visibleCount > MAX_NAMED) return [];
    return [...this.#visible.subarray(0, this.#visibleCount)].filter((it) => !this.#names.has(it));
  }

  /** The client nearest to a pixel, within `radius` pixels; 0 for none. */
  nearest(view: View, px: number, py: number, radius: number): number {
    const { xs, ys, servers, limit } = this.#clients;
    let best = 0;
    let bestSquare = radius * radius;
    for (let slot = 1; slot < limit; slot++) {
      const dx = xs[slot]! * view.k + view.x - px;
      const dy = ys[slot]! * view.k + view.y - py;
      const square = dx * dx + dy * dy;
      if (square <= bestSquare && (this.only < 0 || servers[slot] === this.only)) {
        best = slot;
        bestSquare = square;
      }
    }
    return best;
  }

  /** True if there are more clients in view than are drawn one by one, as of the latest look. */
  get isDense(): boolean {
    return this.#visibleCount > MAX_DOTS;
  }

  /** The slots in view, as of the latest look; good until the next one. */
  get seen(): Uint32Array {
    return this.#visible.subarray(0, this.#visibleCount);
  }

  /** Draws clients as dots or squares. */
  draw(context: CanvasRenderingContext2D, view: View, theme: Theme): void {
    if (this.isDense) this.#drawSquares(context, view, theme);
    else this.#drawDots(context, view, theme);
  }

  /** Finds who is in view. */
  look(view: View): void {
    const { xs, ys, servers, limit } = this.#clients;
    if (this.#visible.length < limit) this.#visible = new Uint32Array(xs.length);
    const { k, x, y, width, height } = view;
    const { only } = this;
    let count = 0;
    for (let slot = 1; slot < limit; slot++) {
      const px = xs[slot]! * k + x, py = ys[slot]! * k + y;
      // NaN is not in view.
      if (!(px > -8 && px < width + 8 && py > -8 && py < height + 8)) continue;
      if (only >= 0 && servers[slot] !== only) continue;
      this.#visible[count++] = slot;
    }
    this.#visibleCount = count;
  }

  #drawDots(context: CanvasRenderingContext2D, { k, x, y }: View, theme: Theme): void {
    const { xs, ys, servers } = this.#clients;
    const radius = this.#visibleCount > 500 ? DOT_RADIUS * 0.7 : DOT_RADIUS;
    const paths = new Map<number, Path2D>();
    for (let i = 0; i < this.#visibleCount; i++) {
      const slot = this.#visible[i]!;
      let path = paths.get(servers[slot]!);
      if (path === undefined) paths.set(servers[slot]!, path = new Path2D());
      const px = xs[slot]! * k + x, py = ys[slot]! * k + y;
      path.moveTo(px + radius, py);
      path.arc(px, py, radius, 0, 2 * Math.PI);
    }
    context.lineWidth = 1.5;
    context.strokeStyle = theme.halo;
    for (const [server, path] of paths) {
      context.stroke(path);
      context.fillStyle = serverColor(theme, server);
      context.fill(path);
    }
  }

  /** Writes the names that find room, if there are few clients; `first` is written in any case. */
  drawNames(
    context: CanvasRenderingContext2D,
    { k, x, y }: View,
    { theme, space, first }: {
      readonly theme: Theme;
      readonly space: LabelSpace;
      readonly first: number;
    },
  ): void {
    if (this.#visibleCount > MAX_NAMED) return;
    const { xs, ys } = this.#clients;
    context.font = "12px system-ui, sans-serif";
    context.textBaseline = "middle";
    context.lineJoin = "round";
    context.lineWidth = 3;
    context.strokeStyle = theme.halo;
    context.fillStyle = theme.text;
    const [firstX, firstY] = [xs[first]! * k + x, ys[first]! * k + y];
    space.reserve({ left: firstX - 11, right: firstX + 11, top: firstY - 11, bottom: firstY + 11 });
    const slots = [...this.seen].sort((a, b) => Number(b === first) - Number(a === first));
    for (const slot of slots) {
      const name = this.#names.get(slot);
      if (name === undefined) continue;
      // Beside the ring of who is looked at.
      const gap = slot === first ? 14 : 8;
      const px = xs[slot]! * k + x + gap, py = ys[slot]! * k + y;
      const text = shortened(name, MAX_NAME);
      const isFree = space.take(textBox(context.measureText(text).width, { x: px, y: py }));
      if (!isFree && slot !== first) continue;
      context.strokeText(text, px, py);
      context.fillText(text, px, py);
    }
  }

  /** Draws what moved lately; true while something glows, so that it has to be drawn again soon. */
  drawGlows(
    context: CanvasRenderingContext2D,
    view: View,
    theme: Theme,
    nowMs: number,
  ): boolean {
    if (this.isDense) this.#glows.clear();
    const { xs, ys, servers } = this.#clients;
    context.lineWidth = 1.5;
    for (const [slot, sinceMs] of this.#glows) {
      // A frame may have begun before the message came that it shows.
      const age = Math.max(0, nowMs - sinceMs) / GLOW_MS;
      if (age >= 1 || !this.#clients.has(slot)) {
        this.#glows.delete(slot);
        continue;
      }
      context.globalAlpha = 1 - age;
      context.strokeStyle = serverColor(theme, servers[slot]!);
      context.beginPath();
      const px = xs[slot]! * view.k + view.x, py = ys[slot]! * view.k + view.y;
      context.arc(px, py, DOT_RADIUS + 14 * (1 - (1 - age) ** 2), 0, 2 * Math.PI);
      context.stroke();
    }
    context.globalAlpha = 1;
    return this.#glows.size > 0;
  }

  #drawSquares(context: CanvasRenderingContext2D, view: View, theme: Theme): void {
    const { xs, ys } = this.#clients;
    const { k, x, y, width, height } = view;
    const columns = Math.ceil(width / SQUARE), rows = Math.ceil(height / SQUARE);
    const size = columns * rows;
    if (this.#counts.length !== size || this.#image?.width !== columns) {
      this.#counts = new Uint32Array(size);
      this.#image = new ImageData(columns, rows);
      this.#squares.width = columns;
      this.#squares.height = rows;
    }
    const counts = this.#counts.fill(0);
    let most = 1;
    for (let i = 0; i < this.#visibleCount; i++) {
      const slot = this.#visible[i]!;
      const column = Math.floor((xs[slot]! * k + x) / SQUARE);
      const row = Math.floor((ys[slot]! * k + y) / SQUARE);
      if (column < 0 || column >= columns || row < 0 || row >= rows) continue;
      most = Math.max(most, ++counts[row * columns + column]!);
    }
    const colors = this.#rampOf(theme);
    const pixels = new Uint32Array(this.#image!.data.buffer);
    const scale = (RAMP_STEPS - 1) / Math.log(most + 1);
    const ramp = new Uint32Array(colors.buffer);
    for (let i = 0; i < size; i++) {
      const count = counts[i]!;
      pixels[i] = count === 0 ? 0 : ramp[Math.round(Math.log(count + 1) * scale)]!;
    }
    this.#squares.getContext("2d")!.putImageData(this.#image!, 0, 0);
    context.imageSmoothingEnabled = false;
    context.drawImage(this.#squares, 0, 0, columns * SQUARE, rows * SQUARE);
  }

  /** The theme's heat colours, as steps of four bytes each. */
  #rampOf({ heat }: Theme): Uint8ClampedArray {
    if (this.#ramp?.heat === heat) return this.#ramp.colors;
    const canvas = document.createElement("canvas");
    canvas.width = RAMP_STEPS;
    canvas.height = 1;
    const context = canvas.getContext("2d", { willReadFrequently: true })!;
    const gradient = context.createLinearGradient(0, 0, RAMP_STEPS, 0);
    heat.forEach((color, i) => gradient.addColorStop(i / (heat.length - 1), color));
    context.fillStyle = gradient;
    context.fillRect(0, 0, RAMP_STEPS, 1);
    const colors = context.getImageData(0, 0, RAMP_STEPS, 1).data;
    this.#ramp = { heat, colors };
    return colors;
  }
}
