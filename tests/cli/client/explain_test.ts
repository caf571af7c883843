// Reasons for a refusal, which must be there exactly when the parser refuses.

import { assert, assertEquals } from "@std/assert";
import { encode } from "../../../src/base/bytes.ts";
import { explain, whyRefused } from "../../../src/cli/client/explain.ts";
import { MAX_LINE_BYTES } from "../../../src/protocol/lines.ts";
import { parseRequest, Request } from "../../../src/protocol/request.ts";
import fc from "../../support/properties.ts";
import { requestLine } from "../../support/reference/arbitraries.ts";

Deno.test("explain() has a reason exactly for what the parser refuses", () => {
  const anyLine = fc.oneof(
    requestLine,
    fc.array(
      fc.oneof(
        fc.constantFrom("IAMAT", "WHATSAT", "+1-1", "1e3", "+90.1+0", "\u00a0", "é", "51", "21"),
        fc.string({ unit: "binary" }),
      ),
    ).map((it) => it.join(" ")),
  );
  fc.assert(
    fc.property(anyLine, (line) => {
      const bytes = encode(line);
      const request = new Request();
      parseRequest(bytes, 0, bytes.length, request);
      const reason = explain(line);
      assertEquals(reason === undefined, request.kind !== "invalid", `${line}: ${reason}`);
      assert(reason === undefined || reason.length > 10, reason);
    }),
    { numRuns: 5000 },
  );
});

Deno.test("whyRefused() names the field that is wrong", () => {
  const table: [line: string, reason: string][] = [
    ["WHATSAT nobody 10 5", "no server has told of this client"],
    ["IAMAT k +1+1 1", "the server is full and takes no new clients"],
    ["hello", "'hello' is no request: IAMAT and WHATSAT are; see help"],
    ["iamat k", "'iamat' here has one or two fields, or is written IAMAT; see help"],
    ["IAMAT", "the client is missing"],
    ["IAMAT k", "the location is missing"],
    ["IAMAT k +1+1", "the time is missing; iamat in lower case takes the present one"],
    ["IAMAT k +1+1 1 2", "one field too many: '2'"],
    ["IAMAT k +91+1 1", "the latitude '+91' is over 90 degrees"],
    ["IAMAT k +90.0001+1 1", "the latitude '+90.0001' is over 90 degrees"],
    ["IAMAT k +1-180.5 1", "the longitude '-180.5' is over 180 degrees"],
    ["IAMAT k 34.07,-118.44 1", "a location has no comma: '+34.07-118.44'"],
    ["IAMAT k 34.07-118.44 1", "the latitude '34.07-118.44' has no sign: + is north, - is south"],
    ["IAMAT k +34.07 1", "the location '+34.07' has no longitude, or one without a sign"],
    ["IAMAT k +3e1+1 1", "the location '+3e1+1' has an exponent"],
    ["IAMAT k here 1", "the location 'here' is not of the form +34.068930-118.445127"],
    ["IAMAT k +1+1 1e9", "the time '1e9' has an exponent"],
    ["IAMAT k +1+1 -1", "the time '-1' has a sign"],
    ["IAMAT k +1+1 1234567890123", "the time '1234567890123' has over 12 digits before its point"],
    ["IAMAT k +1+1 now", "the time 'now' is not in seconds since 1970, as in 1520023934.918"],
    ["WHATSAT k", "the radius is missing"],
    ["WHATSAT k 10", "the number of places is missing"],
    ["WHATSAT k 51 5", "the radius '51' is over 50 km"],
    ["WHATSAT k 10km 5", "the radius '10km' is not a number of km from 0 to 50, as in 2.5"],
    ["WHATSAT k 10 21", "'21' places are over 20"],
    ["WHATSAT k 10 2.5", "'2.5' is not a whole number of places from 0 to 20"],
    ["x".repeat(MAX_LINE_BYTES), "a line has at most 4096 bytes"],
  ];
  for (const [line, reason] of table) assertEquals(whyRefused(line), reason, line.slice(0, 50));
});
