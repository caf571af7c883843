import { assertEquals } from "@std/assert";
import fc from "../support/properties.ts";
import { Instant } from "../../src/base/instant.ts";
import { parseRequest, Request } from "../../src/protocol/request.ts";
import {
  compareUpdates,
  makeRemoval,
  MAX_NAME_BYTES,
  parseBody,
  Update,
  writeBody,
} from "../../src/protocol/update.ts";
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

Deno.test("a body's origin has at most 64 bytes", () => {
  const isBody = (origin: string) => {
    const bytes = fromLatin1(`${origin} +0.000000000 c +1+1 1`);
    return parseBody(bytes, 0, bytes.length, new Update());
  };
  assertEquals(isBody("o".repeat(MAX_NAME_BYTES)), true);
  assertEquals(isBody("o".repeat(MAX_NAME_BYTES + 1)), false);
});

/** Has `into` be what a server that received the line one second after its time writes. */
function answered(line: string, origin: string, into: Update): Update {
  const request = new Request();
  const bytes = fromLatin1(line);
  parseRequest(bytes, 0, bytes.length, request);
  const received = new Instant();
  received.set(request.time.seconds + 1, request.time.nanos);
  writeBody(fromLatin1(origin), received, request, bytes, new Uint8Array(200), 0, into);
  return into;
}

Deno.test("writeBody() leaves nothing of the update that was there before", () => {
  const now = new Instant();
  now.set(5, 0);
  const into = makeRemoval({ origin: fromLatin1("A"), client: fromLatin1("c"), now, stored: now });
  assertEquals(into.isRemoval, true);
  assertEquals(answered("IAMAT c +1+1 5", "A", into).isRemoval, false);
});

Deno.test("equal times are decided by the skews that the bytes have, parsed or written", () => {
  const written = answered("IAMAT c +1+1 5", "A", new Update());
  for (const [skew, order] of [["+0.5", 1], ["+1.0", 0], ["+2.0", -1]] as const) {
    const bytes = fromLatin1(`A ${skew}00000000 c +1+1 5`);
    const parsed = new Update();
    assertEquals(parseBody(bytes, 0, bytes.length, parsed), true);
    assertEquals(Math.sign(compareUpdates(written, parsed)), order, skew);
    assertEquals(Math.sign(compareUpdates(parsed, written)), -order + 0, skew);
  }
});
