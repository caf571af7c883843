// Says why a server refuses a line. The parser itself decides whether it does, and whether a field is in
// range: only the words are here.

import { encode } from "../../base/bytes.ts";
import { Instant } from "../../base/instant.ts";
import { MAX_LINE_BYTES } from "../../protocol/lines.ts";
import { MAX_LATITUDE, MAX_LONGITUDE, scanLocation } from "../../protocol/location.ts";
import { MAX_PLACES, MAX_RADIUS_KM, parseRequest, Request } from "../../protocol/request.ts";
import { MAX_TIME_DIGITS, parseTime } from "../../protocol/time.ts";

/** Fields of a request behind its word. */
const FIELDS = {
  IAMAT: ["client", "location", "time"],
  WHATSAT: ["client", "radius", "number of places"],
} as const;

/** The white space of the line protocol. */
const WHITE_SPACE = /[ \t\n\v\f\r]+/;

/** The longest piece of a line that a reason repeats, in UTF-16 units. */
const MAX_QUOTED = 40;

const NUMBER = /^\d+(?:\.\d+)?$/;
const EXPONENT = /^[+-]?[\d.]+e[+-]?\d+$/i;

/** The reason why a server answers this line with `?`, which it has come back behind. */
export function whyRefused(line: string): string {
  const bytes = encode(line);
  if (bytes.length >= MAX_LINE_BYTES) return `a line has at most ${MAX_LINE_BYTES} bytes`;
  const request = new Request();
  parseRequest(bytes, 0, bytes.length, request);
  if (request.kind === "iamat") return "the server is full and takes no new clients";
  if (request.kind === "whatsat") return "no server has told of this client";
  return explain(line) ?? "not understood";
}

/** The part of the line that is not in form, for people; undefined if it is a request. */
export function explain(line: string): string | undefined {
  const bytes = encode(line);
  const request = new Request();
  parseRequest(bytes, 0, bytes.length, request);
  if (request.kind !== "invalid") return undefined;
  const [word, ...given] = line.split(WHITE_SPACE).filter((it) => it !== "");
  if (word === undefined) return "an empty line";
  if (word !== "IAMAT" && word !== "WHATSAT") return explainWord(word);
  const fields = FIELDS[word];
  if (given.length > fields.length) return `one field too many: ${quote(given[fields.length]!)}`;
  const missing = fields[given.length];
  if (missing !== undefined) {
    const hint = missing === "time" ? "; iamat in lower case takes the present one" : "";
    return `the ${missing} is missing${hint}`;
  }
  const [, second, third] = given as [string, string, string];
  return word === "IAMAT"
    ? explainLocation(second) ?? explainTime(third)
    : explainRadius(second) ?? explainBound(third);
}

function explainWord(word: string): string {
  const capitals = word.toUpperCase();
  if (capitals in FIELDS && capitals !== word) {
    return `${quote(word)} here has one or two fields, or is written ${capitals}; see help`;
  }
  if (word === "forget") return "'forget' here has the id of one client; see help";
  if (word === "status") return "'status' here stands alone; see help";
  return `${quote(word)} is no request: IAMAT and WHATSAT are; see help`;
}

function explainLocation(text: string): string | undefined {
  if (isLocation(text)) return undefined;
  const [, latitude, longitude] = /^([+-][\d.]+)([+-][\d.]+)$/.exec(text) ?? [];
  if (latitude !== undefined && longitude !== undefined) {
    if (NUMBER.test(latitude.slice(1)) && !isLocation(`${latitude}+0`)) {
      return `the latitude ${quote(latitude)} is over ${MAX_LATITUDE} degrees`;
    }
    if (NUMBER.test(longitude.slice(1)) && !isLocation(`+0${longitude}`)) {
      return `the longitude ${quote(longitude)} is over ${MAX_LONGITUDE} degrees`;
    }
  }
  const [, first, second] = /^([^,]+),([^,]+)$/.exec(text) ?? [];
  const joined = first === undefined ? "" : joinDegrees(first, second!);
  if (isLocation(joined)) return `a location has no comma: ${quote(joined)}`;
  if (/\de/i.test(text)) return `the location ${quote(text)} has an exponent`;
  if (/^\d/.test(text)) return `the latitude ${quote(text)} has no sign: + is north, - is south`;
  if (/^[+-]\d+(?:\.\d+)?$/.test(text)) {
    return `the location ${quote(text)} has no longitude, or one without a sign`;
  }
  return `the location ${quote(text)} is not of the form +34.068930-118.445127`;
}

/** `34.07` and `-118.44` as the location `+34.07-118.44`, if they are numbers. */
export function joinDegrees(latitude: string, longitude: string): string {
  return [latitude, longitude].map((it) => /^[+-]/.test(it) ? it : `+${it}`).join("");
}

function isLocation(text: string): boolean {
  const bytes = encode(text);
  return scanLocation(bytes, 0, bytes.length) === bytes.length;
}

function explainTime(text: string): string | undefined {
  const bytes = encode(text);
  if (parseTime(bytes, 0, bytes.length, new Instant())) return undefined;
  if (EXPONENT.test(text)) return `the time ${quote(text)} has an exponent`;
  if (/^[+-]/.test(text)) return `the time ${quote(text)} has a sign`;
  if (NUMBER.test(text)) {
    return `the time ${quote(text)} has over ${MAX_TIME_DIGITS} digits before its point`;
  }
  return `the time ${quote(text)} is not in seconds since 1970, as in 1520023934.918`;
}

function explainRadius(text: string): string | undefined {
  if (isPlacesQuestion(text, "0")) return undefined;
  return NUMBER.test(text)
    ? `the radius ${quote(text)} is over ${MAX_RADIUS_KM} km`
    : `the radius ${quote(text)} is not a number of km from 0 to ${MAX_RADIUS_KM}, as in 2.5`;
}

function explainBound(text: string): string | undefined {
  if (isPlacesQuestion("0", text)) return undefined;
  return /^\d+$/.test(text)
    ? `${quote(text)} places are over ${MAX_PLACES}`
    : `${quote(text)} is not a whole number of places from 0 to ${MAX_PLACES}`;
}

function isPlacesQuestion(radius: string, bound: string): boolean {
  const bytes = encode(`WHATSAT x ${radius} ${bound}`);
  const request = new Request();
  parseRequest(bytes, 0, bytes.length, request);
  return request.kind === "whatsat";
}

function quote(text: string): string {
  return `'${text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text}'`;
}
