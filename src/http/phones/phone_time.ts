// The times that phone apps send: POSIX seconds or milliseconds, or ISO 8601.

/** Whole numbers of this many digits or more are milliseconds; of seconds that is after the year 5138. */
const MILLISECOND_DIGITS = 12;

const NUMBER = /^0*(\d{1,18})(?:\.(\d{1,9}))?$/;

/** A `+` in a query that nobody encoded has become a space. */
const ISO_8601 =
  /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9})\d*)? ?(?:Z|([-+ ])(\d\d):?(\d\d))?$/i;

/**
 * POSIX seconds in decimal, as the line protocol has them. ISO 8601 without an offset is UTC. Undefined
 * if it is no such time, or before 1970.
 */
export function phoneTime(value: string | number): string | undefined {
  const text = String(value);
  const number = NUMBER.exec(text);
  if (number === null) return fromIso(text);
  const [, whole, fraction = ""] = number as unknown as [string, string, string?];
  if (whole.length < MILLISECOND_DIGITS) return joined(whole, fraction);
  return joined(whole.slice(0, -3), whole.slice(-3) + fraction);
}

function fromIso(text: string): string | undefined {
  const parts = ISO_8601.exec(text);
  if (parts === null) return undefined;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ];
  const date = new Date(Date.UTC(year, month - 1, day, hour, minute, second));
  // A day that does not come back, such as February 30, is no date.
  if (date.toISOString().slice(0, 19) !== `${text.slice(0, 10)}T${text.slice(11, 19)}`) {
    return undefined;
  }
  const [sign, hours = "0", minutes = "0"] = parts.slice(8);
  const offset = (Number(hours) * 60 + Number(minutes)) * 60;
  if (Number(hours) > 23 || Number(minutes) > 59) return undefined;
  const seconds = date.getTime() / 1000 - (sign === "-" ? -offset : offset);
  return seconds < 0 ? undefined : joined(String(seconds), parts[7] ?? "");
}

function joined(whole: string, fraction: string): string {
  return fraction === "" ? whole : `${whole}.${fraction}`;
}
