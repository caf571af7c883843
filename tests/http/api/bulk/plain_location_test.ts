// The short way of a location is taken for what means the same the long way, and for nothing else.

import { assert, assertEquals } from "@std/assert";
import * as v from "valibot";
import fc from "../../../support/properties.ts";
import { decode, encode } from "../../../../src/base/bytes.ts";
import { printLocation } from "../../../../src/protocol/location.ts";
import { parseRequest, Request } from "../../../../src/protocol/request.ts";
import { writePlain } from "../../../../src/http/api/bulk/plain_location.ts";
import { BulkLocation } from "../../../../src/http/api/schemas.ts";
import { posixTime } from "../../../../src/http/api/times.ts";

const line = { bytes: new Uint8Array(1 << 16), end: 0, clientStart: 0, clientEnd: 0 };

/** The line that is written; undefined if the short way is not for this. */
function plain(text: string): string | undefined {
  const padded = encode(`x${text}x`);
  if (!writePlain(padded, 1, padded.length - 1, line)) return undefined;
  return decode(line.bytes, 0, line.end);
}

/** The line that the long way makes; undefined if it refuses. */
function long(text: string): string | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { success, output } = v.safeParse(BulkLocation, value);
  if (!success) return undefined;
  const { id, lat: latitude, lon: longitude, time } = output;
  return `IAMAT ${id} ${decode(printLocation({ latitude, longitude }))} ${posixTime(time!)}`;
}

Deno.test("writePlain() takes what programs print", () => {
  for (
    const text of [
      '{"id":"kiwi","lat":34.06893,"lon":-118.445127,"time":"1520023934.918963997"}',
      '{"id": "a/b", "lat": -1, "lon": 2.5, "time": 1520023934}',
      '{ "id" : "k" , "lat" : 0.000000001 , "lon" : 100 , "time" : 0 }\r',
    ]
  ) {
    assertEquals(plain(text), long(text), text);
    assert(plain(text) !== undefined, text);
  }
  assertEquals(decode(line.bytes, line.clientStart, line.clientEnd), "k");
});

Deno.test("writePlain() leaves alone what is no such text, or would be printed another way", () => {
  const of = (parts: Record<string, string>) => {
    const all = { id: '"k"', lat: "1", lon: "2", time: "3", ...parts };
    return `{${Object.entries(all).map(([key, value]) => `"${key}":${value}`).join(",")}}`;
  };
  assert(plain(of({})) !== undefined);
  const left = [
    ...['""', '"a b"', '"a%20"', '"a\\n"', '"é"', "7", '"\x7f"'].map((id) => of({ id })),
    ...[
      "01",
      "1.0",
      "1.",
      ".5",
      "-0",
      "0",
      "1e1",
      "+1",
      "1.0000000001",
      '"1"',
      "1.2345678901234567",
    ]
      .map((lat) => of({ lat })),
    ...["1.5", "01", "1e3", '"x"', '""', '"1."', '".5"', "-1", '"1', "null", "1234567890123456"]
      .map((time) => of({ time })),
    of({ more: "1" }),
    '{"id":"k","lat":1,"lon":2}',
    '{"lat":1,"id":"k","lon":2,"time":3}',
    '{"id":"k","lat":1,"lon":2,"time":3',
    '{"id":"k","lat":1,"lon":2,"time":3}}',
    "",
    "[]",
  ];
  for (const text of left) assertEquals(plain(text), undefined, text);
});

Deno.test("writePlain() makes the line that the long way makes, or none", () => {
  const request = new Request();
  const number = fc.oneof(
    fc.double({ min: -200, max: 200, noNaN: true }).map(String),
    fc.tuple(fc.integer({ min: -200, max: 200 }), fc.integer({ min: 0, max: 1e9 }))
      .map(([whole, decimals]) => `${whole}.${decimals}`),
    fc.string({ unit: fc.constantFrom("-", "0", "1", "9", ".", "e"), maxLength: 8 }),
  );
  const time = fc.oneof(
    number,
    number.map((it) => `"${it}"`),
    fc.integer({ min: 0, max: 2e9 }).map(String),
  );
  const id = fc.oneof(
    fc.constant("kiwi"),
    fc.string({ unit: fc.constantFrom("a", "%", "2", "0", "\\", '"', " ", "é", "/") }),
  );
  const space = fc.constantFrom("", "", "", " ", "\t");
  let taken = 0;
  fc.assert(
    fc.property(id, number, number, time, space, (id, lat, lon, time, space) => {
      const text = [`{"id":"${id}"`, `"lat":${lat}`, `"lon":${lon}`, `"time":${time}}`]
        .join(`,${space}`);
      const written = plain(text);
      if (written === undefined) return;
      // What is out of range is refused when the line is parsed.
      const bytes = encode(written);
      parseRequest(bytes, 0, bytes.length, request);
      assertEquals(request.kind === "iamat" ? written : undefined, long(text), text);
      if (request.kind === "iamat") taken++;
    }),
    { numRuns: 20_000 },
  );
  assert(taken > 100, `${taken} taken`);
});
