import { assert, assertEquals, assertStrictEquals } from "@std/assert";
import fc from "../support/properties.ts";
import { printedBy, printJson, printNearby, quote } from "../../src/places/print.ts";
import type { Json, NearbyResponse, Place } from "../../src/places/provider.ts";

const decoder = new TextDecoder("utf-8", { fatal: true });

/** The response as a JSON document holds it: no prototype of its own, no negative zero. */
function plain<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}

const text = fc.string({ unit: "binary" });
const json = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: "small" },
    fc.constant(null),
    fc.boolean(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    text,
    fc.array(tie("value"), { maxLength: 5 }),
    fc.dictionary(text, tie("value"), { maxKeys: 5 }),
  ),
})).value;
const response = fc.record<NearbyResponse>({
  error_message: text,
  html_attributions: fc.array(text, { maxLength: 3 }),
  next_page_token: text,
  results: fc.array(fc.dictionary(text, json) as fc.Arbitrary<Place>, { maxLength: 4 }),
  status: fc.constantFrom("OK", "ZERO_RESULTS", "UNKNOWN_ERROR"),
}, { requiredKeys: ["html_attributions", "results", "status"] }) as fc.Arbitrary<NearbyResponse>;

Deno.test("printNearby() prints JSON that reads back as the response", () => {
  fc.assert(fc.property(response, (it) => {
    assertEquals(JSON.parse(decoder.decode(printNearby(it))), plain(it));
  }));
});

Deno.test("printNearby() has no empty line, no newline at the end, no raw angle bracket", () => {
  fc.assert(fc.property(response, (it) => {
    const printed = decoder.decode(printNearby(it));
    assert(!printed.includes("\n\n"));
    assert(printed.endsWith("}"));
    assert(!/[<>\r]/.test(printed));
  }));
});

Deno.test("printNearby() prints exactly what Google's legacy API does", () => {
  const printed = printNearby({
    html_attributions: [],
    next_page_token: "CpQCAgEAAFxg8o",
    results: [{
      geometry: {
        location: { lat: -33.870775, lng: 151.199025 },
        viewport: {
          northeast: { lat: -33.86944, lng: 151.2 },
          southwest: { lat: -33.87213, lng: 151 },
        },
      },
      name: 'Caf\u00e9 "M" & Sons',
      opening_hours: { open_now: true, weekday_text: [] },
      photos: [{
        height: 1152,
        html_attributions: [
          '<a href="https://maps.google.com/maps/contrib/104066891898402903288">Rhythmboat</a>',
        ],
      }],
      types: ["travel_agency", "restaurant", "food", "establishment"],
    }, {}],
    status: "OK",
  });
  assertStrictEquals(
    decoder.decode(printed),
    `{
   "html_attributions" : [],
   "next_page_token" : "CpQCAgEAAFxg8o",
   "results" : [
      {
         "geometry" : {
            "location" : {
               "lat" : -33.870775,
               "lng" : 151.199025
            },
            "viewport" : {
               "northeast" : {
                  "lat" : -33.86944,
                  "lng" : 151.2
               },
               "southwest" : {
                  "lat" : -33.87213,
                  "lng" : 151
               }
            }
         },
         "name" : "Café \\"M\\" & Sons",
         "opening_hours" : {
            "open_now" : true,
            "weekday_text" : []
         },
         "photos" : [
            {
               "height" : 1152,
               "html_attributions" : [
                  "\\u003ca href=\\"https://maps.google.com/maps/contrib/104066891898402903288\\"\\u003eRhythmboat\\u003c/a\\u003e"
               ]
            }
         ],
         "types" : [ "travel_agency", "restaurant", "food", "establishment" ]
      },
      {}
   ],
   "status" : "OK"
}`,
  );
});

Deno.test("printJson() prints each kind of value as Google does", () => {
  const fits = "x".repeat(67); // with `[ "` and `" ]`: 73 columns
  const cases: [Json, string][] = [
    [null, "null"],
    [true, "true"],
    [-0, "0"],
    [1e21, "1e+21"],
    [[], "[]"],
    [{}, "{}"],
    [[1, "a", null, [], {}], '[ 1, "a", null, [], {} ]'],
    [[[1], [2]], "[\n   [ 1 ],\n   [ 2 ]\n]"],
    [[{ a: 1 }, 2], '[\n   {\n      "a" : 1\n   },\n   2\n]'],
    [{ a: [], b: {} }, '{\n   "a" : [],\n   "b" : {}\n}'],
    [{ a: undefined, b: 1, c: [{ d: undefined }] }, '{\n   "b" : 1,\n   "c" : [ {} ]\n}'],
    [[fits], `[ "${fits}" ]`],
    [[fits + "x"], `[\n   "${fits}x"\n]`],
  ];
  for (const [value, expected] of cases) assertStrictEquals(printJson(value, 0), expected);
});

Deno.test("quote() escapes what JSON must and Google does, and nothing else", () => {
  const cases = [
    ["", '""'],
    ["Bel Air", '"Bel Air"'],
    ["a/b & c's", '"a/b & c\'s"'],
    ["\u6771\u4eac \ud83d\uddfc", '"\u6771\u4eac \ud83d\uddfc"'],
    ["<b>", '"\\u003cb\\u003e"'],
    ['"\\', '"\\"\\\\"'],
    ["\n\t\0\x7f", '"\\n\\t\\u0000\x7f"'],
    ["\ud800", '"\\ud800"'],
  ] as const;
  for (const [text, expected] of cases) assertStrictEquals(quote(text), expected);
});

Deno.test("printNearby() leaves it to a response's own printer, but not to that of its original", () => {
  const bytes = new Uint8Array([0x7b, 0x7d]);
  const original = printedBy({ html_attributions: [], results: [], status: "OK" }, () => bytes);
  assertStrictEquals(printNearby(original), bytes);
  const copy: NearbyResponse = { ...original, status: "ZERO_RESULTS" };
  assertStrictEquals(JSON.parse(decoder.decode(printNearby(copy))).status, "ZERO_RESULTS");
});

Deno.test("printNearby() passes on no more than there is room for, however it is nested", () => {
  const printed = (results: Place[]) =>
    new TextDecoder().decode(printNearby({ html_attributions: [], results, status: "OK" }));
  const place = { name: "x".repeat(1_000) };
  assert(printed(Array(60).fill(place)).includes(place.name));
  const nested = (depth: number): Json => depth === 0 ? [1, 2] : [nested(depth - 1)];
  const large: Place[][] = [
    Array(3_000).fill(place),
    [{ name: "<".repeat(1_000_000) }],
    Array(30_000).fill({ it: nested(20) }),
  ];
  for (const results of large) {
    const text = printed(results);
    assert(text.length < 1_000, `${text.length}`);
    assert(text.includes("more than can be passed on"));
  }
});
