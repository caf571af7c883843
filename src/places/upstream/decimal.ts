// Numbers as upstreams take them in a URL or a query: no exponent, no needless digits.

/** Digits after the point of a latitude or longitude; the last one is about a centimetre. */
const DEGREE_DIGITS = 7;

/** The least radius that upstreams take, in metres. */
export const MIN_RADIUS_METRES = 1;

/**
 * Degrees in decimal notation.
 *
 * @example
 * ```ts
 * degrees(-1e-7); // "-0.0000001"
 * degrees(34.06893); // "34.06893"
 * ```
 */
export function degrees(value: number): string {
  return trimmed(value.toFixed(DEGREE_DIGITS));
}

/** A radius in metres in decimal notation, raised to the least one that upstreams take. */
export function metres(value: number): string {
  return trimmed(Math.max(value, MIN_RADIUS_METRES).toFixed(3));
}

function trimmed(text: string): string {
  const short = text.replace(/\.?0+$/, "");
  return short === "-0" ? "0" : short;
}
