// What part of the map is seen: a scale and a shift from the map's units to CSS pixels, moved by
// pointers, wheel and keys, with a short glide to places that were asked for.

import { HALF_HEIGHT, HALF_WIDTH } from "./projection.ts";

/** Pixels for a unit at the least and the most, relative to the whole world in view. */
const MIN_ZOOM = 0.8;
const MAX_ZOOM = 4_000;
const GLIDE_MS = 500;
const KEY_PAN_PIXELS = 80;
const KEY_ZOOM = 1.5;

/** A transform: pixels = units * k + (x, y). */
export interface Transform {
  readonly k: number;
  readonly x: number;
  readonly y: number;
}

/** The part of the map in view. */
export class View {
  width = 0;
  height = 0;
  k = 1;
  x = 0;
  y = 0;
  /** Grows with each change, so that layers know whether they have to draw. */
  version = 0;
  #glide: { from: Transform; to: Transform; startMs: number } | undefined;
  /** The part of the world to begin with once the size is known. */
  #start: { readonly x: number; readonly y: number; readonly zoom: number } | undefined;
  /** True once somebody moved it: it is no longer simply the whole world. */
  #wasMoved = false;
  /** Called when somebody moves it by hand. */
  onPan: () => void = () => {};

  readonly #isCalm: () => boolean;

  /** `isCalm` says if somebody would rather see no glides. */
  constructor(isCalm: () => boolean = () => false) {
    this.#isCalm = isCalm;
  }

  /** The scale at which the whole world fits. */
  get wholeK(): number {
    return Math.min(this.width / (2 * HALF_WIDTH), this.height / (2 * HALF_HEIGHT));
  }

  /** The zoom: 1 is the whole world. */
  get zoom(): number {
    return this.k / this.wholeK;
  }

  /** Tells the size of the map; what is in its middle stays there. */
  resize(width: number, height: number): void {
    const { x, y } = this.toUnits(this.width / 2, this.height / 2);
    const isFirst = this.width === 0 || !this.#wasMoved;
    this.width = width;
    this.height = height;
    if (this.#start !== undefined) this.jumpTo(this.#start.x, this.#start.y, this.#start.zoom);
    else if (isFirst) this.#set(this.#whole());
    else this.#set({ k: this.k, x: width / 2 - x * this.k, y: height / 2 - y * this.k });
  }

  /** Units of a pixel. */
  toUnits(px: number, py: number): { x: number; y: number } {
    return { x: (px - this.x) / this.k, y: (py - this.y) / this.k };
  }

  /** True if it is not simply the whole world. */
  get wasMoved(): boolean {
    return this.#wasMoved;
  }

  /** Jumps to a place, at a zoom: without a glide, for a page that begins there. */
  jumpTo(x: number, y: number, zoom: number): void {
    this.#wasMoved = true;
    this.#glide = undefined;
    this.#start = this.width === 0 ? { x, y, zoom } : undefined;
    if (this.#start !== undefined) return;
    const k = this.wholeK * Math.min(Math.max(zoom, MIN_ZOOM), MAX_ZOOM);
    this.#set({ k, x: this.width / 2 - x * k, y: this.height / 2 - y * k });
  }

  /** Moves by pixels. */
  pan(dx: number, dy: number): void {
    this.onPan();
    this.#wasMoved = true;
    this.#glide = undefined;
    this.#set({ k: this.k, x: this.x + dx, y: this.y + dy });
  }

  /** Zooms by a factor around a pixel. */
  zoomAt(factor: number, px = this.width / 2, py = this.height / 2): void {
    this.#wasMoved = true;
    this.#glide = undefined;
    const k = Math.min(Math.max(this.k * factor, this.wholeK * MIN_ZOOM), this.wholeK * MAX_ZOOM);
    const { x, y } = this.toUnits(px, py);
    this.#set({ k, x: px - x * k, y: py - y * k });
  }

  /** Glides to a place, at least as near as `zoom`. */
  flyTo(x: number, y: number, zoom: number): void {
    this.#wasMoved = true;
    const k = Math.max(this.k, this.wholeK * zoom);
    this.#glideTo({ k, x: this.width / 2 - x * k, y: this.height / 2 - y * k });
  }

  /** Glides to a part of the map, with a margin. */
  fit(left: number, top: number, right: number, bottom: number): void {
    this.#wasMoved = true;
    const k = Math.min(
      this.wholeK * 200,
      Math.max(
        this.wholeK,
        0.7 * Math.min(this.width / (right - left || 1), this.height / (bottom - top || 1)),
      ),
    );
    const x = this.width / 2 - k * (left + right) / 2;
    this.#glideTo({ k, x, y: this.height / 2 - k * (top + bottom) / 2 });
  }

  /** Glides to the whole world. */
  reset(): void {
    this.#glideTo(this.#whole());
    this.#wasMoved = false;
  }

  /** Goes on with a glide; whether there is one. */
  tick(nowMs: number): boolean {
    if (this.#glide === undefined) return false;
    const { from, to, startMs } = this.#glide;
    // A frame may have begun before the glide did.
    const t = Math.min(1, Math.max(0, nowMs - startMs) / GLIDE_MS);
    const eased = 1 - (1 - t) ** 3;
    const k = from.k * (to.k / from.k) ** eased;
    // The middle moves in proportion to the zoom, so that nothing swings out of sight.
    const part = to.k === from.k ? eased : (k - from.k) / (to.k - from.k);
    const middle = (it: Transform) => ({
      x: (this.width / 2 - it.x) / it.k,
      y: (this.height / 2 - it.y) / it.k,
    });
    const a = middle(from), b = middle(to);
    const share = to.k === from.k ? eased : (part * to.k) / k;
    const x = a.x + (b.x - a.x) * share, y = a.y + (b.y - a.y) * share;
    this.#set({ k, x: this.width / 2 - x * k, y: this.height / 2 - y * k });
    if (t === 1) this.#glide = undefined;
    return true;
  }

  /** Does what a key asks for; whether it asks for something. */
  onKey(key: string): boolean {
    const actions: Record<string, () => void> = {
      ArrowLeft: () => this.pan(KEY_PAN_PIXELS, 0),
      ArrowRight: () => this.pan(-KEY_PAN_PIXELS, 0),
      ArrowUp: () => this.pan(0, KEY_PAN_PIXELS),
      ArrowDown: () => this.pan(0, -KEY_PAN_PIXELS),
      "+": () => this.zoomAt(KEY_ZOOM),
      "=": () => this.zoomAt(KEY_ZOOM),
      "-": () => this.zoomAt(1 / KEY_ZOOM),
      "0": () => this.reset(),
    };
    const action = actions[key];
    action?.();
    return action !== undefined;
  }

  #glideTo(to: Transform): void {
    const from = { k: this.k, x: this.x, y: this.y };
    if (this.#isCalm()) this.#set(to);
    else this.#glide = { from, to, startMs: performance.now() };
  }

  #whole(): Transform {
    return { k: this.wholeK, x: this.width / 2, y: this.height / 2 };
  }

  #set({ k, x, y }: Transform): void {
    this.k = k;
    // Some of the world always stays in view.
    const [limitX, limitY] = [HALF_WIDTH * k, HALF_HEIGHT * k];
    this.x = Math.min(Math.max(x, this.width / 2 - limitX), this.width / 2 + limitX);
    this.y = Math.min(Math.max(y, this.height / 2 - limitY), this.height / 2 + limitY);
    this.version++;
  }
}
