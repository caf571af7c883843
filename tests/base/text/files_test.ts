import { assertEquals, assertRejects } from "@std/assert";
import fc from "../../support/properties.ts";
import { encode } from "../../../src/base/bytes.ts";
import { ConfigError, readConfig } from "../../../src/base/errors.ts";
import { doubledName, textOf } from "../../../src/base/text/files.ts";

Deno.test("textOf() gives UTF-8 as text, and else the line that is none", () => {
  assertEquals(textOf(encode("a\n\u00e9")), "a\n\u00e9");
  // Latin-1, as spreadsheets save it.
  assertEquals(textOf(Uint8Array.of(0x61, 0x0a, 0x62, 0x0a, 0xe9, 0x0a, 0x63)), { line: 3 });
  assertEquals(textOf(Uint8Array.of(0xff)), { line: 1 });
  fc.assert(fc.property(fc.string({ unit: "grapheme" }), (text) => {
    assertEquals(textOf(encode(text)), text.replace(/^\ufeff/, ""));
  }));
});

Deno.test("readConfig() takes a byte order mark off, and refuses what is not UTF-8 with its line", async () => {
  const read = (bytes: Uint8Array) => () => Promise.resolve(bytes);
  assertEquals(await readConfig("t.json", { read: read(encode("\ufeff{}")) }), "{}");
  await assertRejects(
    () => readConfig("t.json", { read: read(Uint8Array.of(0x0a, 0xff)), what: "the topology" }),
    ConfigError,
    "Cannot read the topology 't.json': line 2 is not UTF-8. Save the file as UTF-8",
  );
});

Deno.test("doubledName() finds a name that an object has twice, at any depth", () => {
  const table: [json: string, doubled: string | undefined][] = [
    ['{"a": 1, "b": {"a": 2}, "c": [{"a": 1}, {"a": 2}]}', undefined],
    ['{"a": 1, "a": 2}', "a"],
    ['{"a": [{"b": {}, "c": "b", "b": 1}]}', "b"],
    ['{"a": "{\\"x\\": 1, \\"x\\": 2}"}', undefined],
    ['{"\\u0061": 1, "a": 2}', "a"],
    ['["a", "a", {"a": "a"}]', undefined],
    ['{"a": "a", "b": "a"}', undefined],
  ];
  for (const [json, doubled] of table) {
    JSON.parse(json);
    assertEquals(doubledName(json), doubled, json);
  }
});
