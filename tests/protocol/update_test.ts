import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { parseBody, Update } from "../../src/protocol/update.ts";
import { bodyOf, client } from "../support/reference/arbitraries.ts";
import {
  formatSkew,
  fromLatin1,
  latin1,
  referenceParse,
  skewNanos,
  toNanos,
} from "../support/reference/reference.ts";

/** A body, or one with some characters put in, taken out or changed. */
const nearlyBody = fc.tuple(
  client.chain(bodyOf),
  fc.array(
    fc.tuple(fc.nat(80), fc.constantFrom("", ..." 0+-.9x\t\r"), fc.nat(1)),
    { maxLength: 2 },
  ),
).map(([body, edits]) =>
  edits.reduce((text, [at, put, cut]) => text.slice(0, at) + put + text.slice(at + cut), body)
);

/** The fields of a body as servers write it, or undefined. */
function referenceBody(text: string) {
  const [origin, skew, id, location, time, ...rest] = text.split(" ");
  if (time === undefined || rest.length > 0 || /[\t\r\n\f\v]/.test(text)) return undefined;
  const isRemoval = location === "-" && skew === "+0.000000000";
  const asRequest = `IAMAT ${id} ${isRemoval ? "+0+0" : location} ${time}`;
  const request = referenceParse(asRequest);
  if (request.kind !== "iamat" || origin === "" || origin!.length > 64) return undefined;
  if (!/^[+-]\d{1,12}\.\d{9}$/.test(skew!) || formatSkew(skewNanos(skew!)) !== skew) {
    return undefined;
  }
  if (toNanos(time) + skewNanos(skew!) < 0n) return undefined;
  return { origin, id, location, time, isRemoval };
}

Deno.test("parseBody() agrees with the plain reference", () => {
  const update = new Update();
  fc.assert(
    fc.property(nearlyBody, fc.constantFrom("", "9", " 9", "-"), (text, after) => {
      const bytes = fromLatin1(`9 ${text}${after}`);
      const isOne = parseBody(bytes, 2, 2 + text.length, update);
      const expected = referenceBody(text);
      assertEquals(isOne, expected !== undefined);
      if (!isOne) return;
      const field = (start: number, end: number) => latin1(bytes.subarray(start, end));
      assertEquals<unknown>({
        origin: field(update.start, update.originEnd),
        id: field(update.clientStart, update.clientEnd),
        location: field(update.locationStart, update.locationEnd),
        time: field(update.timeStart, update.end),
        isRemoval: update.isRemoval,
      }, expected);
    }),
    { numRuns: 5000 },
  );
});
