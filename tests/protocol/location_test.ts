import { assertEquals } from "@std/assert";
import fc from "../support/properties.ts";
import { decode, encode } from "../../src/base/bytes.ts";
import { parseLocation, printLocation, scanLocation } from "../../src/protocol/location.ts";

const sign = fc.constantFrom("+", "-");
const digits = fc.string({ unit: fc.constantFrom(..."0123456789"), minLength: 1, maxLength: 20 });
const degrees = fc.tuple(
  sign,
  fc.integer({ min: 0, max: 90 }),
  fc.option(digits),
).map(([sign, whole, fraction]) => `${sign}${whole}${fraction === null ? "" : `.${fraction}`}`);

Deno.test("parseLocation() gives the doubles that `Number` gives, however many digits there are", () => {
  fc.assert(
    fc.property(degrees, degrees, fc.nat(3), (latitude, longitude, zeros) => {
      const padded = longitude[0] + "0".repeat(zeros) + longitude.slice(1);
      const bytes = encode(latitude + padded);
      assertEquals(parseLocation(bytes, 0, bytes.length), {
        latitude: Number(latitude),
        longitude: Number(longitude),
      });
    }),
    { numRuns: 1_000 },
  );
});

Deno.test("printLocation() writes both signs, no exponent and no needless zeros", () => {
  const printed = (latitude: number, longitude: number) =>
    decode(printLocation({ latitude, longitude }));
  assertEquals(printed(34.06893, -118.445127), "+34.06893-118.445127");
  assertEquals(printed(-90, 180), "-90+180");
  assertEquals(printed(1e-7, -1e-9), "+0.0000001-0.000000001");
});

Deno.test("scanLocation() looks no further than its end", () => {
  const scan = (text: string, end: number) => scanLocation(encode(text), 0, end);
  assertEquals(scan("+1-1.5", 6), 6);
  assertEquals(scan("+1-1.5", 4), 4);
  assertEquals(scan("+1-1.5", 5), -1);
  assertEquals(scan("+1-15", 4), 4);
  assertEquals(scan("+1.5-1", 4), -1);
});
