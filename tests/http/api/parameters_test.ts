// Parameters of any form: each is taken or refused with 400, and what is taken is in range.

import { assert, assertEquals } from "@std/assert";
import fc from "../../support/properties.ts";
import { areaOf, checkedQuery, filterOf } from "../../../src/http/api/lists/filters.ts";
import { formOf, FORMS } from "../../../src/http/api/lists/forms.ts";
import {
  ChangesQuery,
  ClientsQuery,
  MAX_NEAR_KM,
  MAX_NEAR_LIMIT,
  positionOf,
  START,
} from "../../../src/http/api/parameters.ts";
import { Problem } from "../../../src/http/problem.ts";
import { HttpRequest } from "../../../src/http/wire/request.ts";
import { EVERYTHING } from "../../../src/server/tokens/grant.ts";
import { Store } from "../../../src/store/store.ts";
import { tell } from "../../support/herds/records.ts";

/** Pieces of which numbers, lists, times and positions are made, and what is none of them. */
const piece = fc.constantFrom(
  ...[
    "0",
    "1",
    "9",
    "90",
    "180",
    "-",
    "+",
    ".",
    ",",
    ":",
    "e",
    "E9",
    "T",
    "Z",
    " ",
    "%",
    "%ff",
    "%2",
  ],
  ...["34.07", "-118.45", "1520023934", "2018-03-02T20:52:14Z", "Infinity", "NaN", "0x1", "now"],
  ...["start", "text", "date", "f".repeat(32), "1".repeat(20), "\0", "\n", "é", "\ud800", "😀"],
);
const value = fc.oneof(
  fc.array(piece, { maxLength: 8 }).map((it) => it.join("")),
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.constantFrom("34.07,-118.45", "-118.6,33.9,-118.2,34.2", "170,-90,-170,90", "10", "a%2Fb"),
);
const names = [
  ...["bbox", "near", "radius", "prefix", "changedSince", "limit", "after", "with", "since"],
];
const query = fc.dictionary(fc.constantFrom(...names), value, { maxKeys: 5 });

/** What `make` gives; undefined if it refuses with 400, which is all that it may throw. */
function orRefused<T>(make: () => T): T | undefined {
  try {
    return make();
  } catch (error) {
    assert(error instanceof Problem, String(error));
    assertEquals(error.status, 400);
    return undefined;
  }
}

Deno.test("parameters of any form are taken or refused, and what is taken is in range", () => {
  const store = new Store("feed", 1);
  tell(store, "a/b +34.07-118.45 1520023934");
  fc.assert(
    fc.property(query, (given) => {
      const search = Object.entries(given).map(([name, it]) => `${name}=${it}`).join("&");
      for (const schema of [ClientsQuery, ChangesQuery]) {
        const taken = orRefused(() => checkedQuery(schema, search, given));
        if (taken === undefined) continue;
        const { bbox, near, radius } = taken;
        if (bbox !== undefined) {
          assert(-90 <= bbox.south && bbox.south <= bbox.north && bbox.north <= 90);
          assert([bbox.west, bbox.east].every((it) => Math.abs(it) <= 180));
        }
        if (near !== undefined) {
          assert(Math.abs(near.latitude) <= 90 && Math.abs(near.longitude) <= 180);
        }
        if (radius !== undefined) assert(0 <= radius && radius <= MAX_NEAR_KM);
        if ("limit" in taken) assert(1 <= taken.limit && taken.limit <= MAX_NEAR_LIMIT);
        if ("after" in taken && taken.after !== undefined && taken.after !== START) {
          assert(Number.isSafeInteger(positionOf(taken.after)!.position));
        }
        const area = orRefused(() => areaOf(taken));
        if (area !== undefined) area.contains({ latitude: 34.07, longitude: -118.45 });
        const wants = filterOf(taken, { store, grant: EVERYTHING });
        if (wants !== undefined) wants(1);
      }
    }),
    { numRuns: 3_000 },
  );
});

Deno.test("formOf() gives a form for any field Accept", () => {
  const range = fc.oneof(
    fc.constantFrom(...FORMS, "*/*", "text/html"),
    fc.string({ maxLength: 8 }),
  );
  const quality = fc.constantFrom(
    "",
    ";q=0",
    ";q=1",
    ";q=0.5",
    ";q=x",
    ";q=-1",
    ";q=1e999",
    ";;",
    ";v=1;q=.1",
  );
  const accept = fc.array(fc.tuple(range, quality).map((it) => it.join("")), { maxLength: 6 });
  fc.assert(
    fc.property(accept, (ranges) => {
      const fields = new Map([["accept", ranges.join(",")]]);
      const head = { method: "GET", path: "/", search: "", minor: 1 as const, fields };
      const form = formOf(new HttpRequest(head, { peer: "127.0.0.1:1", scheme: "http" }));
      assert(FORMS.includes(form));
      // Nobody is given what they did not name; JSON is for all.
      if (form !== FORMS[0]) assert(ranges.join(",").toLowerCase().includes(form));
    }),
    { numRuns: 1_000 },
  );
});
