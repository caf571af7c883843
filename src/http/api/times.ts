// Times as programs have them, RFC 3339 and whole seconds, and as the line protocol has them: POSIX seconds
// in decimal. Decimals are kept as they are, however many there are.

import { MAX_TIME_DIGITS } from "../../protocol/time.ts";

/** POSIX seconds as a text, such as `1520023934.918963997`. */
export const POSIX_TIME = new RegExp(`^\\d{1,${MAX_TIME_DIGITS}}(\\.\\d+)?$`);

/** RFC 3339, section 5.6: such as `2018-03-02T19:32:14.918963997Z`. A space may stand for the T. */
export const RFC_3339 =
  /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(\.\d+)?([Zz]|[+-]\d\d:\d\d)$/;

const MAX_RFC_3339_SECONDS = Date.UTC(9999, 11, 31, 23, 59, 59) / 1000;

/** POSIX seconds as a text, of any of the forms; undefined if it is none, or before 1970. */
export function posixTime(time: string | number): string | undefined {
  if (typeof time === "number") {
    const isWhole = Number.isSafeInteger(time) && time >= 0;
    return isWhole && POSIX_TIME.test(String(time)) ? String(time) : undefined;
  }
  if (POSIX_TIME.test(time)) return time;
  const match = RFC_3339.exec(time);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction = "", zone] = match;
  const date = `${year}-${month}-${day}`;
  const midnight = Date.parse(`${date}T00:00:00Z`);
  // Date.parse takes the 30th of February for a day in March.
  if (Number.isNaN(midnight) || new Date(midnight).toISOString().slice(0, 10) !== date) {
    return undefined;
  }
  // POSIX time gives a leap second the number of the next second.
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return undefined;
  const offset = offsetSeconds(zone!);
  if (offset === undefined) return undefined;
  const seconds = midnight / 1000 + Number(hour) * 3600 + Number(minute) * 60 + Number(second) -
    offset;
  return seconds < 0 ? undefined : `${seconds}${fraction}`;
}

/** Seconds by which a zone is ahead of UTC. */
function offsetSeconds(zone: string): number | undefined {
  if (zone.length === 1) return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(4));
  if (hours > 23 || minutes > 59) return undefined;
  return (zone[0] === "-" ? -60 : 60) * (hours * 60 + minutes);
}

/** POSIX seconds as RFC 3339 in UTC; undefined after the year 9999, for which that has no form. */
export function rfc3339(time: string): string | undefined {
  const [seconds, fraction] = time.split(".");
  if (Number(seconds) > MAX_RFC_3339_SECONDS) return undefined;
  const text = new Date(Number(seconds) * 1000).toISOString().slice(0, -".000Z".length);
  return `${text}${fraction === undefined ? "" : `.${fraction}`}Z`;
}
