import { assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { encode } from "../../src/base/bytes.ts";
import { parseLocation } from "../../src/protocol/location.ts";

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
