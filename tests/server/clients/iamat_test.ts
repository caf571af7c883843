// That a location told as values is what the IAMAT line that says the same is.

import { noRequests } from "../../../src/server/clients/request_counts.ts";
import { assertEquals } from "@std/assert";
import fc from "../../support/properties.ts";
import { encode } from "../../../src/base/bytes.ts";
import { Instant } from "../../../src/base/instant.ts";
import { MAX_LINE_BYTES } from "../../../src/protocol/lines.ts";
import { parseRequest, Request } from "../../../src/protocol/request.ts";
import {
  AT_PREFIX,
  MAX_BODY_GROWTH_BYTES,
  parseBody,
  Update,
} from "../../../src/protocol/update.ts";
import {
  type IamatContext,
  type Report,
  takeIamat,
  takeReport,
} from "../../../src/server/clients/iamat.ts";
import { Store } from "../../../src/store/store.ts";
import { client } from "../../support/reference/arbitraries.ts";
import { fromLatin1, latin1 } from "../../support/reference/reference.ts";

function newContext(): IamatContext {
  return {
    name: encode("Goloman"),
    store: new Store("0".repeat(32), 1),
    counts: noRequests(),
  };
}

function instant(seconds: number, nanos: number): Instant {
  const made = new Instant();
  made.set(seconds, nanos);
  return made;
}

/** The body that an IAMAT line is answered with; undefined when it is refused. */
function bodyOfLine(context: IamatContext, receivedAt: Instant, line: string): string | undefined {
  const bytes = fromLatin1(line);
  const request = new Request();
  parseRequest(bytes, 0, bytes.length, request);
  assertEquals(request.kind, "iamat", line);
  const out = new Uint8Array(bytes.length + MAX_BODY_GROWTH_BYTES);
  const end = takeIamat(context, receivedAt, request, bytes, out, 0);
  return end < 0 ? undefined : latin1(out.subarray(AT_PREFIX.length, end - 1));
}

const bodyOf = ({ bytes, start, end }: Update) => latin1(bytes.subarray(start, end));

Deno.test("takeReport() takes what the IAMAT line of the same location takes", () => {
  const degrees = (most: number) => fc.integer({ min: -most * 100, max: most * 100 });
  const time = fc.tuple(fc.nat(99), fc.stringMatching(/^(\.\d{1,12})?$/)).map((it) => it.join(""));
  fc.assert(
    fc.property(
      client,
      degrees(90),
      degrees(180),
      time,
      fc.nat(99),
      (id, lat, lon, time, seconds) => {
        const [one, other] = [newContext(), newContext()];
        const received = instant(seconds, 5);
        const location = { latitude: lat / 100, longitude: lon / 100 };
        const taken = takeReport(one, received, { client: fromLatin1(id), location, time });
        if (typeof taken === "string") throw new Error(taken);
        const signed = (value: number) => `${value < 0 ? "-" : "+"}${Math.abs(value) / 100}`;
        const line = `IAMAT ${id} ${signed(lat)}${signed(lon)} ${time}`;
        const body = bodyOf(taken.update);
        assertEquals(body, bodyOfLine(other, received, line));
        // The update says of itself what its bytes say to others.
        const read = new Update();
        assertEquals(parseBody(fromLatin1(body), 0, body.length, read), true);
        assertEquals(
          {
            effective: taken.update.effective,
            time: taken.update.time,
            isRemoval: taken.update.isRemoval,
          },
          { effective: read.effective, time: read.time, isRemoval: read.isRemoval },
        );
      },
    ),
  );
});

Deno.test("takeReport() tells what became of a report, and counts it", () => {
  const context = newContext();
  const { store, counts } = context;
  const take = (client: string, time?: string) => {
    const location = { latitude: 1, longitude: 1 };
    const taken = takeReport(context, instant(50, 0), { client: encode(client), location, time });
    return typeof taken === "string" ? taken : taken.applied;
  };
  assertEquals(take("a", "10"), "newer");
  assertEquals(take("a", "9"), "older");
  assertEquals(take("a", "10.0"), "tied");
  assertEquals(take("a"), "newer");
  store.horizon = 20;
  assertEquals(take("b", "19"), "expired");
  store.maxClients = 1;
  assertEquals(take("b", "30"), "full");
  assertEquals(counts, { ...noRequests(), iamat: 5, older: 1, tied: 1, expired: 1 });
  assertEquals(take("b", "-1"), "The time is not POSIX seconds");
});

Deno.test("takeReport() takes no more than a line has room for", () => {
  const report = (length: number): Report => ({
    client: encode("a".repeat(length)),
    location: { latitude: 1, longitude: 1 },
    time: "1",
  });
  const room = MAX_LINE_BYTES - "IAMAT  +1+1 1".length;
  assertEquals(typeof takeReport(newContext(), instant(1, 0), report(room)), "object");
  assertEquals(
    takeReport(newContext(), instant(1, 0), report(room + 1)),
    `Id and time are too long: ${MAX_LINE_BYTES + 1} bytes of ${MAX_LINE_BYTES}`,
  );
});
