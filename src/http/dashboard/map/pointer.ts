// Pointers on the map: drag to move, wheel or pinch to zoom, a click to choose.

import type { View } from "./view.ts";

/** A pointer that moves less than this many pixels between down and up is a click. */
const CLICK_PIXELS = 5;
const WHEEL_ZOOM = 0.0015;
const DOUBLE_CLICK_ZOOM = 2.5;

/** Lets pointers on an element move the view, and tells where they click and hover. */
export function listenToPointers(
  element: HTMLElement,
  view: View,
  { onClick, onHover }: {
    readonly onClick: (px: number, py: number, isFinger: boolean) => void;
    /** The pixel that a mouse is at; undefined once it is gone. */
    readonly onHover: (at: { readonly x: number; readonly y: number } | undefined) => void;
  },
): void {
  const down = new Map<number, { x: number; y: number }>();
  let moved = 0;

  const place = (event: MouseEvent) => {
    const { left, top } = element.getBoundingClientRect();
    return { x: event.clientX - left, y: event.clientY - top };
  };

  element.addEventListener("pointerdown", (event) => {
    element.setPointerCapture(event.pointerId);
    if (down.size === 0) moved = 0;
    down.set(event.pointerId, place(event));
  });

  element.addEventListener("pointermove", (event) => {
    if (event.pointerType === "mouse") onHover(place(event));
    const before = down.get(event.pointerId);
    if (before === undefined) return;
    const now = place(event);
    const other = [...down].find(([id]) => id !== event.pointerId)?.[1];
    if (other === undefined) view.pan(now.x - before.x, now.y - before.y);
    else pinch(view, before, now, other);
    moved += Math.abs(now.x - before.x) + Math.abs(now.y - before.y);
    down.set(event.pointerId, now);
  });

  const up = (event: PointerEvent) => {
    const was = down.delete(event.pointerId);
    if (!was || event.type !== "pointerup" || down.size > 0 || moved > CLICK_PIXELS) return;
    const { x, y } = place(event);
    onClick(x, y, event.pointerType === "touch");
  };
  element.addEventListener("pointerup", up);
  element.addEventListener("pointercancel", up);
  element.addEventListener("pointerleave", () => onHover(undefined));

  element.addEventListener("wheel", (event) => {
    event.preventDefault();
    const { x, y } = place(event);
    const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 20 : 1);
    view.zoomAt(Math.exp(-pixels * WHEEL_ZOOM * (event.ctrlKey ? 5 : 1)), x, y);
  }, { passive: false });

  element.addEventListener("dblclick", (event) => {
    const { x, y } = place(event);
    view.zoomAt(event.shiftKey ? 1 / DOUBLE_CLICK_ZOOM : DOUBLE_CLICK_ZOOM, x, y);
  });
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** One of two fingers moves: what is between them stays between them. */
function pinch(view: View, before: Point, now: Point, other: Point): void {
  const distance = (a: Point, b: Point) => Math.hypot(a.x - b.x, a.y - b.y) || 1;
  view.pan((now.x - before.x) / 2, (now.y - before.y) / 2);
  view.zoomAt(
    distance(now, other) / distance(before, other),
    (now.x + other.x) / 2,
    (now.y + other.y) / 2,
  );
}
