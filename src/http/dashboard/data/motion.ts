// Speed and direction of a client, from its trail.

import { bearing, directionWord, metresBetween } from "../map/geo.ts";
import { unproject } from "../map/projection.ts";
import type { TrailPoint } from "./clients.ts";

/** Moves older than this, before the latest one, tell nothing of the present speed. */
const WINDOW_MS = 60_000;
/** A client that said nothing for this long may be anywhere by now. */
const STALE_MS = 120_000;
/** Anything slower stands: locations are as exact as a metre or so. */
const LEAST_METRES_A_SECOND = 0.2;
/** Anything faster has jumped: it is faster than an airliner. */
const MOST_METRES_A_SECOND = 350;

/** Motion along a trail. */
export type Motion =
  | { readonly kind: "unknown" }
  | { readonly kind: "stands" }
  | { readonly kind: "jumped"; readonly metres: number }
  | { readonly kind: "moves"; readonly metresPerSecond: number; readonly direction: string };

/** The motion at the end of a trail, oldest point first, at a time on the trail's clock. */
export function motionOf(trail: readonly TrailPoint[], nowMs: number): Motion {
  const last = trail.at(-1);
  if (last === undefined || nowMs - last.atMs > STALE_MS) return { kind: "unknown" };
  // A point of 0 was there when the page was opened: nobody knows since when.
  const first = trail.find((it) => it.atMs > 0 && last.atMs - it.atMs <= WINDOW_MS);
  if (first === undefined || first === last) return { kind: "unknown" };
  const [a, b] = [pointOf(first), pointOf(last)];
  if (a === undefined || b === undefined) return { kind: "unknown" };
  const metres = metresBetween(a, b);
  const metresPerSecond = metres / Math.max(0.1, (last.atMs - first.atMs) / 1000);
  if (metresPerSecond < LEAST_METRES_A_SECOND) return { kind: "stands" };
  if (metresPerSecond > MOST_METRES_A_SECOND) return { kind: "jumped", metres };
  return { kind: "moves", metresPerSecond, direction: directionWord(bearing(a, b)) };
}

function pointOf({ x, y }: TrailPoint) {
  const degrees = unproject(x, y);
  return degrees && { longitude: degrees[0], latitude: degrees[1] };
}
