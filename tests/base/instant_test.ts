import { assertEquals } from "@std/assert";
import fc from "../support/properties.ts";
import {
  addNanosecond,
  compareInstants,
  Instant,
  NANOS,
  secondsBetween,
} from "../../src/base/instant.ts";

function instant(seconds: number, nanos: number): Instant {
  const it = new Instant();
  it.set(seconds, nanos);
  return it;
}

const instants = fc.tuple(fc.integer({ min: -1e10, max: 1e10 }), fc.nat(NANOS - 1))
  .map(([seconds, nanos]) => instant(seconds, nanos));
const nanosOf = ({ seconds, nanos }: Instant) => BigInt(seconds) * BigInt(NANOS) + BigInt(nanos);

Deno.test("compareInstants() is exact to the nanosecond", () => {
  fc.assert(fc.property(instants, instants, (a, b) => {
    const [one, other] = [nanosOf(a), nanosOf(b)];
    assertEquals(Math.sign(compareInstants(a, b)), one < other ? -1 : one > other ? 1 : 0);
  }));
});

Deno.test("addNanosecond() makes an instant one nanosecond later", () => {
  fc.assert(fc.property(fc.oneof(instants, fc.constant(instant(1, NANOS - 1))), (it) => {
    const before = nanosOf(it);
    addNanosecond(it);
    assertEquals(nanosOf(it), before + 1n);
    assertEquals(it.nanos >= 0 && it.nanos < NANOS, true);
  }));
});

Deno.test("secondsBetween() is a difference with its sign, and toString() has nine decimals", () => {
  assertEquals(secondsBetween(instant(3, 250_000_000), instant(1, 500_000_000)), 1.75);
  assertEquals(secondsBetween(instant(1, 500_000_000), instant(3, 250_000_000)), -1.75);
  assertEquals(String(instant(12, 34)), "12.000000034");
});
