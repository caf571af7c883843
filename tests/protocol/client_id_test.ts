import { assertEquals } from "@std/assert";
import fc from "../support/properties.ts";
import { decodeClientId, encodeClientId } from "../../src/protocol/client_id.ts";
import { isSpace } from "../../src/base/bytes.ts";
import { fromLatin1 } from "../support/reference/reference.ts";

Deno.test("encodeClientId() keeps unreserved characters and encodes all other bytes", () => {
  assertEquals(encodeClientId(fromLatin1("kiwi.cs-ucla_edu~1")), "kiwi.cs-ucla_edu~1");
  assertEquals(encodeClientId(fromLatin1("a/b?c%\xff\0")), "a%2Fb%3Fc%25%FF%00");
});

Deno.test("decodeClientId() gives back the bytes of any id", () => {
  const id = fc.uint8Array({ minLength: 1, maxLength: 200 })
    .filter((it) => !it.some(isSpace));
  fc.assert(fc.property(id, (bytes) => {
    assertEquals(decodeClientId(encodeClientId(bytes)), new Uint8Array(bytes));
  }));
});

Deno.test("decodeClientId() takes what clients send in place of the shortest form", () => {
  assertEquals(decodeClientId("%6b%69wi"), fromLatin1("kiwi"));
  assertEquals(decodeClientId("à"), fromLatin1("\xc3\xa0"));
  assertEquals(decodeClientId("a+b"), fromLatin1("a+b"));
  assertEquals(
    decodeClientId("%61à%C3%A0\u{1f95d}"),
    fromLatin1("a\xc3\xa0\xc3\xa0\xf0\x9f\xa5\x9d"),
  );
});

Deno.test("decodeClientId() refuses what is no id", () => {
  for (
    const text of [
      "",
      "%",
      "a%2",
      "%GG",
      "%g1",
      "%1g",
      "%:0",
      "%0à",
      "à%2",
      "%%41",
      "a%20b",
      "%0A",
      "a b",
      "x".repeat(4097),
    ]
  ) {
    assertEquals(decodeClientId(text), undefined, text.slice(0, 10));
  }
});
