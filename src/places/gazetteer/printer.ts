// Prints places of the gazetteer from its columns. This is the hot path of WHATSAT, and low-level: it
// copies bytes into a template, with no string and no object per place. The bytes are the same as
// print.ts makes of those places: the template is cut from what it prints.

import { copyBytes, decode, DIGIT_0, DOT, encode, MINUS } from "../../base/bytes.ts";
import { STEPS_PER_DEGREE } from "./columns.ts";
import type { GazetteerRows } from "./rows.ts";
import { toPlace } from "../local_place.ts";
import { printJson, printNearby, quote } from "../print.ts";
import type { NearbyResponse } from "../provider.ts";

const QUOTE = 0x22;
const COMMA = 0x2c;
const GEONAMES_ID = encode('"geonames:');
const GEO_ID = encode('"geo:');

/** More than any number in a print takes: `-179.12345`, `4294967295`. */
const MAX_NUMBER_BYTES = 12;
/** Levels of indent of a place's values in a response. */
const VALUE_DEPTH = 3;
/** Stands where a value belongs, quotes included; its type lets it pass for any of them. */
const SLOT = "@" as never;

/** Prints responses that hold rows of the gazetteer. */
export class GazetteerPrinter {
  readonly #rows: GazetteerRows;
  readonly #kinds: readonly Uint8Array[];
  readonly #regions: readonly Uint8Array[];
  readonly #template: Template;
  readonly #maxPlaceBytes: number;
  /** A response is put together here, and copied when its length is known. */
  #scratch = new Uint8Array(0);

  /** `frame` is the response around the places, whatever its results are. */
  constructor(rows: GazetteerRows, frame: NearbyResponse) {
    const { kinds, regions } = rows.columns;
    this.#rows = rows;
    this.#kinds = kinds.map((it) => encode(printJson(it, VALUE_DEPTH)));
    this.#regions = regions.map((it) => encode(quote(it)));
    this.#template = templateOf(frame);
    this.#maxPlaceBytes = Object.values(this.#template).reduce((sum, it) => sum + it.length, 0) +
      2 * MAX_NUMBER_BYTES + longestLine(rows.nameStarts) + 2 +
      2 * (GEONAMES_ID.length + 2 * MAX_NUMBER_BYTES) + longest(this.#kinds) +
      longest(this.#regions);
  }

  /** The response that holds these rows, at least one. */
  print(rows: readonly number[]): Uint8Array<ArrayBuffer> {
    const { head, between, tail } = this.#template;
    const maxBytes = head.length + rows.length * this.#maxPlaceBytes + tail.length;
    if (this.#scratch.length < maxBytes) this.#scratch = new Uint8Array(maxBytes);
    let at = 0;
    for (let i = 0; i < rows.length; i++) {
      at = this.#put(i === 0 ? head : between, at);
      at = this.#putPlace(rows[i]!, at);
    }
    return this.#scratch.slice(0, this.#put(tail, at));
  }

  #putPlace(row: number, start: number): number {
    const { columns, nameStarts } = this.#rows;
    const out = this.#scratch;
    const template = this.#template;
    const latitude = columns.coordinates[2 * row + 1]!;
    const longitude = columns.coordinates[2 * row]!;

    let at = putDegrees(latitude, out, start);
    at = this.#put(template.afterLatitude, at);
    at = putDegrees(longitude, out, at);
    at = this.#put(template.afterLongitude, at);
    out[at++] = QUOTE;
    at = copyBytes(columns.names, nameStarts[row]!, nameStarts[row + 1]! - 1, out, at);
    out[at++] = QUOTE;
    at = this.#put(template.afterName, at);
    const idStart = at;
    at = putPlaceId(columns.geonameIds[row]!, latitude, longitude, out, at);
    const idEnd = at;
    at = this.#put(template.afterPlaceId, at);
    at = copyBytes(out, idStart, idEnd, out, at);
    at = this.#put(template.afterReference, at);
    at = this.#put(this.#kinds[columns.kindIndexes[row]!]!, at);
    at = this.#put(template.afterTypes, at);
    return this.#put(this.#regions[columns.regionIndexes[row]!]!, at);
  }

  #put(bytes: Uint8Array, at: number): number {
    this.#scratch.set(bytes, at);
    return at + bytes.length;
  }
}

/** Text around the values of places. */
interface Template {
  readonly head: Uint8Array;
  readonly afterLatitude: Uint8Array;
  readonly afterLongitude: Uint8Array;
  readonly afterName: Uint8Array;
  readonly afterPlaceId: Uint8Array;
  readonly afterReference: Uint8Array;
  readonly afterTypes: Uint8Array;
  readonly between: Uint8Array;
  readonly tail: Uint8Array;
}

/** Two places of seven slots each make 15 pieces: those after the first place come twice. */
function templateOf(frame: NearbyResponse): Template {
  const place = toPlace({
    latitude: SLOT,
    longitude: SLOT,
    name: SLOT,
    placeId: SLOT,
    types: SLOT,
    vicinity: SLOT,
  });
  const printed = decode(printNearby({ ...frame, results: [place, place] }));
  const pieces = printed.split(quote(SLOT)).map(encode);
  return {
    head: pieces[0]!,
    afterLatitude: pieces[1]!,
    afterLongitude: pieces[2]!,
    afterName: pieces[3]!,
    afterPlaceId: pieces[4]!,
    afterReference: pieces[5]!,
    afterTypes: pieces[6]!,
    between: pieces[7]!,
    tail: pieces[14]!,
  };
}

function putPlaceId(
  geonameId: number,
  latitude: number,
  longitude: number,
  out: Uint8Array,
  at: number,
): number {
  if (geonameId > 0) {
    at = copyBytes(GEONAMES_ID, 0, GEONAMES_ID.length, out, at);
    at = putInteger(geonameId, out, at);
  } else {
    at = copyBytes(GEO_ID, 0, GEO_ID.length, out, at);
    at = putDegrees(latitude, out, at);
    out[at++] = COMMA;
    at = putDegrees(longitude, out, at);
  }
  out[at++] = QUOTE;
  return at;
}

/** Steps as decimal degrees, shortest form: the same as JavaScript prints their quotient. */
function putDegrees(steps: number, out: Uint8Array, at: number): number {
  if (steps < 0) {
    out[at++] = MINUS;
    steps = -steps;
  }
  const whole = Math.trunc(steps / STEPS_PER_DEGREE);
  at = putInteger(whole, out, at);
  let rest = steps - whole * STEPS_PER_DEGREE;
  if (rest === 0) return at;
  out[at++] = DOT;
  for (let unit = STEPS_PER_DEGREE / 10; rest > 0; unit /= 10) {
    const digit = Math.trunc(rest / unit);
    out[at++] = DIGIT_0 + digit;
    rest -= digit * unit;
  }
  return at;
}

function putInteger(value: number, out: Uint8Array, at: number): number {
  let end = at + 1;
  for (let rest = value; rest >= 10; rest = Math.trunc(rest / 10)) end++;
  for (let i = end, rest = value; i > at; rest = Math.trunc(rest / 10)) {
    out[--i] = DIGIT_0 + rest % 10;
  }
  return end;
}

function longest(texts: readonly Uint8Array[]): number {
  return texts.reduce((max, it) => Math.max(max, it.length), 0);
}

function longestLine(starts: Uint32Array): number {
  let max = 0;
  for (let i = 1; i < starts.length; i++) max = Math.max(max, starts[i]! - starts[i - 1]!);
  return max;
}
