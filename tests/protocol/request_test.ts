import { assertEquals } from "@std/assert";
import fc from "../support/properties.ts";
import { parseRequest, Request } from "../../src/protocol/request.ts";
import { requestLine } from "../support/reference/arbitraries.ts";
import { fromLatin1, latin1, referenceParse } from "../support/reference/reference.ts";

function parse(line: string) {
  const request = new Request();
  // Bytes around the line must not matter.
  const bytes = fromLatin1(`9 ${line} 9`);
  parseRequest(bytes, 2, bytes.length - 2, request);
  const field = (start: number, end: number) => latin1(bytes.subarray(start, end));
  switch (request.kind) {
    case "iamat":
      return {
        kind: "iamat" as const,
        client: field(request.clientStart, request.clientEnd),
        location: field(request.locationStart, request.locationEnd),
        time: field(request.timeStart, request.timeEnd),
        nanos: BigInt(request.time.seconds) * 1_000_000_000n + BigInt(request.time.nanos),
      };
    case "whatsat":
      return {
        kind: "whatsat" as const,
        client: field(request.clientStart, request.clientEnd),
        radiusMetres: request.radiusMetres,
        bound: request.bound,
      };
    case "invalid":
      return { kind: "invalid" as const };
  }
}

Deno.test("parseRequest() agrees with the plain reference", () => {
  fc.assert(
    fc.property(requestLine, (line) => {
      const expected = referenceParse(line);
      const actual = parse(line);
      if (expected.kind !== "whatsat" || actual.kind !== "whatsat") {
        assertEquals<unknown>(actual, expected);
        return;
      }
      assertEquals({ client: actual.client, bound: actual.bound }, {
        client: expected.client,
        bound: expected.bound,
      });
      assertEquals(Math.abs(actual.radiusMetres - Number(expected.radius) * 1000) < 1e-6, true);
    }),
    { numRuns: 5000 },
  );
});

Deno.test("parseRequest() accepts what the protocol allows", () => {
  const valid = [
    "IAMAT kiwi.cs.ucla.edu +34.068930-118.445127 1520023934.918963997",
    "IAMAT k +34-118 0",
    "  IAMAT\tk\v+90.000-180.0\f999999999999.9999999999999\r",
    "IAMAT \xa0\xc3 -0+0 1",
    "WHATSAT k 0 0",
    "WHATSAT k 50 20",
    "WHATSAT k 50.000 020",
    "WHATSAT k 0.001 1",
  ];
  for (const line of valid) assertEquals(parse(line).kind !== "invalid", true, line);
});

Deno.test("parseRequest() refuses what is out of form", () => {
  const invalid = [
    "",
    "   ",
    "IAMAT",
    "IAMAT k +34-118",
    "IAMAT k +34-118 1 x",
    "iamat k +34-118 1",
    "IAMAT k 34-118 1",
    "IAMAT k +34118 1",
    "IAMAT k +34.-118 1",
    "IAMAT k +.5-118 1",
    "IAMAT k +90.00000000000000000001-118 1",
    "IAMAT k +34-180.00000000000000000001 1",
    "IAMAT k +34-118 -1",
    "IAMAT k +34-118 1e9",
    "IAMAT k +34-118 1.",
    "IAMAT k +34-118 .5",
    "IAMAT k +34-118 1234567890123",
    "WHATSAT k 50.0000001 5",
    "WHATSAT k 10 21",
    "WHATSAT k 10 1.0",
    "WHATSAT k +10 5",
    "WHATSAT k 10 5 5",
    "AT Goloman +0.000000000 k +34-118 1 Hands",
  ];
  for (const line of invalid) assertEquals(parse(line).kind, "invalid", line);
});

Deno.test("parseRequest() takes no digit from behind the line's end", () => {
  const bytes = fromLatin1("WHATSAT k 1 12.5");
  const request = new Request();
  for (const [end, expected] of [[13, [1000, 1]], [14, [1000, 12]]] as const) {
    parseRequest(bytes, 0, end, request);
    assertEquals<unknown>([request.radiusMetres, request.bound], expected);
  }
});
