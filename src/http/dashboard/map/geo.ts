// Distances and directions on the earth, in the words of people.

import { EARTH_RADIUS_METRES } from "../../../base/earth.ts";

/** A point in degrees. */
export interface GeoPoint {
  readonly latitude: number;
  readonly longitude: number;
}

const RADIANS = Math.PI / 180;
const DIRECTIONS = [
  "north",
  "north-east",
  "east",
  "south-east",
  "south",
  "south-west",
  "west",
  "north-west",
];

/** Metres between two points along a great circle, by the haversine formula. */
export function metresBetween(a: GeoPoint, b: GeoPoint): number {
  const latitudes = Math.sin((b.latitude - a.latitude) * RADIANS / 2) ** 2;
  const longitudes = Math.sin((b.longitude - a.longitude) * RADIANS / 2) ** 2;
  const cosines = Math.cos(a.latitude * RADIANS) * Math.cos(b.latitude * RADIANS);
  const half = Math.min(1, Math.sqrt(latitudes + cosines * longitudes));
  return 2 * EARTH_RADIUS_METRES * Math.asin(half);
}

/** The direction in which one sets out from a point to another, in degrees clockwise from north. */
export function bearing(from: GeoPoint, to: GeoPoint): number {
  const [a, b] = [from.latitude * RADIANS, to.latitude * RADIANS];
  const east = (to.longitude - from.longitude) * RADIANS;
  const y = Math.sin(east) * Math.cos(b);
  const x = Math.cos(a) * Math.sin(b) - Math.sin(a) * Math.cos(b) * Math.cos(east);
  return (Math.atan2(y, x) / RADIANS + 360) % 360;
}

/** A direction as one of eight words, such as `north-west`. */
export function directionWord(degrees: number): string {
  return DIRECTIONS[Math.round(degrees / 45) % 8]!;
}
