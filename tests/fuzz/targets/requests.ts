// Request lines: the parser of clients' lines beside the plain reference.

import { parseRequest, Request } from "../../../src/protocol/request.ts";
import { referenceParse } from "../../support/reference/reference.ts";
import { requestLine } from "../grammar.ts";
import { expectSame, type Target } from "../target.ts";
import { getLatin1, putLatin1 } from "../text.ts";

const buffer = new Uint8Array(64 * 1024);
const request = new Request();

/** Lines without newlines; bytes around a line must not matter. */
export const requests: Target = {
  name: "requests",
  generate: requestLine,
  check(input) {
    const line = input.replaceAll("\n", "").slice(0, buffer.length - 2);
    buffer[0] = buffer[line.length + 1] = 0x39;
    parseRequest(buffer, 1, putLatin1(line, buffer, 1), request);
    const [actual, expected] = [parsed(), referenceParse(line)];
    if (actual.kind !== "whatsat" || expected.kind !== "whatsat") {
      return expectSame(actual, expected);
    }
    // The two add up digits in different orders: a radius may differ by less than a micrometre.
    const metres = Number(expected.radius) * 1000;
    const isClose = Math.abs(actual.metres - metres) < 1e-6;
    const { kind, client, bound } = expected;
    expectSame(actual, { kind, client, metres: isClose ? actual.metres : metres, bound });
  },
};

function parsed() {
  const { kind, time } = request;
  if (kind === "invalid") return { kind };
  const client = getLatin1(buffer, request.clientStart, request.clientEnd);
  if (kind === "whatsat") {
    return { kind, client, metres: request.radiusMetres, bound: request.bound };
  }
  return {
    kind,
    client,
    location: getLatin1(buffer, request.locationStart, request.locationEnd),
    time: getLatin1(buffer, request.timeStart, request.timeEnd),
    nanos: BigInt(time.seconds) * 1_000_000_000n + BigInt(time.nanos),
  };
}
