// Ids as the servers write them.

import { assertEquals } from "@std/assert";
import fc from "../support/properties.ts";
import { encode } from "../../src/base/bytes.ts";
import { canonicalId, clientPath, idOf, textOf } from "../../src/client/ids.ts";
import { decodeClientId, encodeClientId } from "../../src/protocol/client_id.ts";

Deno.test("the id of a text is the one that servers answer with, and gives the text back", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => {
    assertEquals(idOf(text), encodeClientId(encode(text)));
    assertEquals(textOf(idOf(text)), text);
  }));
});

Deno.test("an id that is percent-encoded stays what it is, and all else in it is encoded", () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 1 }), (bytes) => {
    const id = encodeClientId(bytes);
    assertEquals(canonicalId(id), id);
  }));
  fc.assert(fc.property(fc.string({ unit: "binary", minLength: 1 }), (id) => {
    const read = decodeClientId(id.toWellFormed());
    if (read !== undefined) assertEquals(decodeClientId(canonicalId(id)), read);
  }));
});

Deno.test("ids that are no text have none", () => {
  assertEquals(["%FF", "%", "%zz", "a%2"].map(textOf), [
    undefined,
    undefined,
    undefined,
    undefined,
  ]);
});

Deno.test("a path keeps ids that URLs would not", () => {
  assertEquals(
    ["kiwi", "a/b", "a?b#c", ".", "..", "%2e", "...", ""].map((it) => clientPath(it, "/places")),
    [
      "/v1/clients/kiwi/places",
      "/v1/clients/a%2Fb/places",
      "/v1/clients/a%3Fb%23c/places",
      "/v1/clients/-/places?id=.",
      "/v1/clients/-/places?id=..",
      "/v1/clients/-/places?id=%2e",
      "/v1/clients/.../places",
      "/v1/clients/-/places?id=",
    ],
  );
});
