// Lines of clients and servers as the grammar has them, with the edges more often than chance would.

import type { Chance } from "./chance.ts";

const DIGITS = "0123456789";
const SPACES = " \t\r\f\v";

/** A client's id. */
export function client(chance: Chance): string {
  if (chance.oneIn(2)) {
    return chance.pick(["a", "b", "c", "kiwi.cs.ucla.edu", "\xc3\xa0", "\xa0", "\0"]);
  }
  let text = "";
  const length = chance.oneIn(50) ? 4_000 + chance.below(120) : 1 + chance.below(20);
  while (text.length < length) {
    const byte = chance.below(256);
    text += byte === 0x20 || (byte >= 9 && byte <= 13) ? "x" : String.fromCharCode(byte);
  }
  return text;
}

/** A location. */
export function location(chance: Chance): string {
  return degrees(chance, 90) + degrees(chance, 180);
}

/** POSIX seconds, most often in a small range, so that ties happen. */
export function time(chance: Chance): string {
  if (chance.oneIn(2)) {
    return chance.pick(["10", "10.0", "10.5", "11", "15.999999999", "16", "1520023935.182837383"]);
  }
  return digits(chance, 1 + chance.below(12)) + fraction(chance);
}

/** A request line, valid or with one field of another kind. */
export function requestLine(chance: Chance): string {
  const gap = () => chance.oneIn(8) ? chance.pick(SPACES) + chance.pick(SPACES) : " ";
  const edge = () => chance.oneIn(8) ? gap() : "";
  const fields = chance.oneIn(2)
    ? ["IAMAT", client(chance), location(chance), time(chance)]
    : ["WHATSAT", client(chance), radius(chance), bound(chance)];
  if (chance.oneIn(8)) fields[chance.below(4)] = anyField(chance);
  if (chance.oneIn(16)) fields.splice(chance.below(5), chance.below(2), anyField(chance));
  return edge() + fields.reduce((line, field) => line + gap() + field) + edge();
}

/** A body of an update, such as `Hands +0.263873386 kiwi +34-118 1520023934`, or of a removal. */
export function body(chance: Chance): string {
  const origin = chance.pick(["Goloman", "Hands", "Holiday", "x".repeat(64), "x".repeat(65)]);
  if (chance.oneIn(6)) return `${origin} +0.000000000 ${client(chance)} - ${time(chance)}`;
  return `${origin} ${skew(chance)} ${client(chance)} ${location(chance)} ${time(chance)}`;
}

/** A skew. */
export function skew(chance: Chance): string {
  if (chance.oneIn(2)) {
    return chance.pick(["+0.000000000", "-0.000000001", "-4.999999999", "-5.000000000", "+1.5"]);
  }
  return chance.pick("+-") + digits(chance, 1 + chance.below(4)) + "." + digits(chance, 9);
}

/** 32 hexadecimal digits. */
export function token(chance: Chance): string {
  let text = "";
  while (text.length < 32) text += chance.pick("0123456789abcdef");
  return text;
}

/** A position in a feed. */
export function position(chance: Chance): string {
  return chance.oneIn(2) ? String(chance.below(20)) : digits(chance, 1 + chance.below(16));
}

/** A clock as `Instant` prints it, or nearly. */
export function clock(chance: Chance): string {
  return chance.oneIn(8) ? time(chance) : `18000000${digits(chance, 2)}.${digits(chance, 9)}`;
}

function radius(chance: Chance): string {
  if (chance.oneIn(2)) return chance.pick(["0", "10", "50", "50.000", "49.999", "50.001", "51"]);
  return String(chance.below(60)) + fraction(chance);
}

function bound(chance: Chance): string {
  return chance.oneIn(8) ? chance.pick(["21", "05", "020", "", "1.0"]) : String(chance.below(21));
}

function degrees(chance: Chance, limit: number): string {
  const sign = chance.pick("+-");
  if (chance.oneIn(4)) return `${sign}${limit}${chance.pick(["", ".0", ".000", ".001"])}`;
  return sign + chance.below(limit) + fraction(chance);
}

function fraction(chance: Chance): string {
  return chance.oneIn(2) ? "" : `.${digits(chance, 1 + chance.below(12))}`;
}

function digits(chance: Chance, length: number): string {
  let text = "";
  while (text.length < length) text += chance.pick(DIGITS);
  return text;
}

function anyField(chance: Chance): string {
  const kinds = [client, location, time, radius, bound, skew, token, clock];
  return chance.pick(kinds)(chance);
}
