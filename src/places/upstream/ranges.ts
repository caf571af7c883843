// Ranges of numbers and values from upstreams. JSON can write 1e999, and nest without end.

import * as v from "valibot";

/** The deepest nesting of an answer; those of the known services have 6 levels. */
export const MAX_JSON_DEPTH = 32;

/** Degrees. */
export const Latitude = v.pipe(v.number(), v.minValue(-90), v.maxValue(90));

/** Degrees. */
export const Longitude = v.pipe(v.number(), v.minValue(-180), v.maxValue(180));

export const Count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** True if a value of `JSON.parse` has finite numbers alone, and is not nested too deeply. */
export function isBounded(value: unknown): boolean {
  let level: unknown[] = [value];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > MAX_JSON_DEPTH) return false;
    const next: unknown[] = [];
    for (const it of level) {
      if (typeof it === "number" && !Number.isFinite(it)) return false;
      if (typeof it !== "object" || it === null) continue;
      for (const inner of Array.isArray(it) ? it : Object.values(it)) next.push(inner);
    }
    level = next;
  }
  return true;
}
