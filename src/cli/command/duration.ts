// Durations as people write them on a command line: 90s, 45m, 12h, 30d, 8w.

import { UsageError } from "./errors.ts";

const UNIT_SECONDS: Readonly<Record<string, number>> = {
  s: 1,
  m: 60,
  h: 3_600,
  d: 86_400,
  w: 604_800,
};

/**
 * Seconds of a duration: a whole number from 1 on and one of the units s, m, h, d and w.
 *
 * @throws {UsageError} If it is none.
 */
export function parseDuration(text: string): number {
  const [, number, unit] = /^([1-9]\d{0,6})([smhdw])$/.exec(text) ?? [];
  if (number === undefined || unit === undefined) {
    throw new UsageError(
      `Cannot use '${text}' as a time: give a whole number with a unit, such as 90s, 45m, 12h, 30d or 8w`,
    );
  }
  return Number(number) * UNIT_SECONDS[unit]!;
}
