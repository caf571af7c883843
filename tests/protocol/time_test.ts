import { assertEquals, assertNotEquals } from "@std/assert";
import fc from "../support/properties.ts";
import { compareInstants, Instant } from "../../src/base/instant.ts";
import { addSkew, parseTime, scanSkew, writeSkew } from "../../src/protocol/time.ts";
import {
  formatSkew,
  fromLatin1,
  latin1,
  skewNanos,
  toNanos,
} from "../support/reference/reference.ts";
import { time } from "../support/reference/arbitraries.ts";

function timeOf(text: string): Instant {
  const instant = new Instant();
  assertEquals(parseTime(fromLatin1(text), 0, text.length, instant), true, text);
  return instant;
}

function nanosOf(instant: Instant): bigint {
  return BigInt(instant.seconds) * 1_000_000_000n + BigInt(instant.nanos);
}

Deno.test("parseTime() keeps nine decimals exactly", () => {
  fc.assert(fc.property(time, (text) => assertEquals(nanosOf(timeOf(text)), toNanos(text))));
});

Deno.test("writeSkew() prints the exact difference, always signed, always nine decimals", () => {
  const out = new Uint8Array(64);
  fc.assert(
    fc.property(time, time, (later, earlier) => {
      const end = writeSkew(timeOf(later), timeOf(earlier), out, 3);
      assertEquals(latin1(out.subarray(3, end)), formatSkew(toNanos(later) - toNanos(earlier)));
    }),
    { numRuns: 2000 },
  );
});

Deno.test("scanSkew() reads what writeSkew() prints", () => {
  const out = new Uint8Array(64);
  fc.assert(
    fc.property(time, time, (later, earlier) => {
      const end = writeSkew(timeOf(later), timeOf(earlier), out, 0);
      const skew = new Instant();
      assertEquals(scanSkew(out, 0, end, skew), end);
      assertEquals(nanosOf(skew), skewNanos(latin1(out.subarray(0, end))));
      const sum = new Instant();
      addSkew(timeOf(earlier), skew, sum);
      assertEquals(compareInstants(sum, timeOf(later)), 0);
    }),
    { numRuns: 2000 },
  );
});

Deno.test("scanSkew() takes one text for one value only", () => {
  const invalid = [
    "0.000000000",
    "-0.000000000",
    "+0.00000000",
    "+0.0000000000",
    "+00.000000000",
    "+.000000000",
    "+1",
    "+1,000000000",
    "+1234567890123.000000000",
    "",
  ];
  for (const text of invalid) {
    assertNotEquals(scanSkew(fromLatin1(text), 0, text.length, new Instant()), text.length, text);
  }
});
