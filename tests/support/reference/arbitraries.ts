// Random parts of the protocol for properties, more often near the edges than chance would have it.

import fc from "../properties.ts";

const digits = (min: number, max: number) =>
  fc.array(fc.constantFrom(..."0123456789"), { minLength: min, maxLength: max }).map((it) =>
    it.join("")
  );
const fraction = fc.option(digits(1, 12), { nil: undefined }).map((it) =>
  it === undefined ? "" : `.${it}`
);
const sign = fc.constantFrom("+", "-");

function degrees(limit: number): fc.Arbitrary<string> {
  const whole = fc.oneof(fc.integer({ min: 0, max: limit }), fc.constant(limit)).map(String);
  const zeros = fc.constantFrom("", ".0", ".000");
  return fc.tuple(sign, whole, fraction, zeros).map(([s, w, f, z]) =>
    Number(w) === limit ? `${s}${w}${z}` : `${s}${w}${f}`
  );
}

/** A valid location. */
export const location = fc.tuple(degrees(90), degrees(180)).map(([a, b]) => a + b);

/** A valid time, in a small range more often than not, so that ties happen. */
export const time = fc.oneof(
  fc.constantFrom(
    "10",
    "10.0",
    "10.000000000",
    "10.0000000001",
    "10.5",
    "11",
    "16",
    "15.999999999",
  ),
  fc.tuple(digits(1, 12), fraction).map(([w, f]) => w + f),
);

/** A client's id: any bytes that are not white space, as Latin-1. */
export const client = fc.oneof(
  fc.constantFrom("a", "b", "kiwi.cs.ucla.edu", "\xc3\xa0", "\xa0", "\0"),
  fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 1, maxLength: 40 }).map((bytes) =>
    String.fromCharCode(...bytes).replace(/[ \t\r\n\f\v]/g, "x")
  ),
);

/** White space between fields, as Latin-1. */
export const space = fc.array(fc.constantFrom(" ", "\t", "\r", "\f", "\v"), {
  minLength: 1,
  maxLength: 3,
}).map((it) => it.join(""));

/** A request line, valid or nearly so, without newline, as Latin-1. */
export const requestLine = fc.tuple(
  fc.constantFrom("IAMAT", "WHATSAT", "IAMAT", "WHATSAT", "iamat", "AT", "IAMATX", ""),
  client,
  fc.oneof(
    location,
    fc.constantFrom("10", "0", "50", "50.0", "50.01", "49.999", "51", "-1", "1e1", ".5", "5."),
    fc.constantFrom("+90.0+180", "+90.01-1", "+1", "+1+", "++1", "+91+0", "34.0-118.0", "+1+181"),
    client,
  ),
  fc.oneof(
    time,
    fc.constantFrom("0", "20", "21", "5", "05", "-1", "1.", ".1", "1e3", "1234567890123", "+1"),
    client,
  ),
  fc.option(client, { nil: undefined, freq: 8 }),
  space,
).map(([word, id, third, fourth, fifth, gap]) =>
  [word, id, third, fourth, ...(fifth === undefined ? [] : [fifth])].join(gap)
);

/** A body whose client is `client`: origin, skew, location and time at random, ties likely. */
export function bodyOf(clientId: string): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 4, arbitrary: locationBody(clientId) },
    { weight: 1, arbitrary: removalBody(clientId) },
  );
}

function removalBody(clientId: string): fc.Arbitrary<string> {
  return fc.tuple(
    fc.constantFrom("Goloman", "Hands"),
    fc.constantFrom("10.000000000", "10.000000001", "15.000000000", "20.000000000"),
  ).map(([origin, at]) => `${origin} +0.000000000 ${clientId} - ${at}`);
}

function locationBody(clientId: string): fc.Arbitrary<string> {
  return fc.tuple(
    fc.constantFrom("Goloman", "Hands", "Holiday"),
    fc.constantFrom("+0.000000000", "+1.000000000", "-0.000000001", "-4.999999999", "-5.000000001"),
    fc.constantFrom("+1+1", "+1-1", "+34.068930-118.445127"),
    fc.constantFrom("10", "10.0", "10.000000001", "10.5", "15", "15.000000000", "999999999999"),
  ).map(([origin, skew, place, at]) => `${origin} ${skew} ${clientId} ${place} ${at}`);
}
