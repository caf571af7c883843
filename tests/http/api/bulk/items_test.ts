// Bodies taken apart in whatever pieces they come, beside the same as a whole.

import { assert, assertEquals } from "@std/assert";
import fc from "../../../support/properties.ts";
import { decode, encode } from "../../../../src/base/bytes.ts";
import {
  ArrayItems,
  type Item,
  type Items,
  LineItems,
  MAX_ITEM_BYTES,
} from "../../../../src/http/api/bulk/items.ts";

const textOf = ({ bytes, start, end, isTooLong }: Item) =>
  isTooLong ? "too long" : decode(bytes, start, end);

/** The items of a body that comes in pieces of these lengths, the rest as one. */
function split(items: Items, body: Uint8Array, lengths: readonly number[]): string[] {
  const texts: string[] = [];
  let at = 0;
  for (const length of [...lengths, body.length]) {
    // Copied, and overwritten as a buffer would be: an item may not outlive what it was given in.
    const piece = body.slice(at, at + length);
    for (const item of items.split(piece)) texts.push(textOf(item));
    piece.fill(0);
    at += length;
  }
  const last = items.end();
  return last === undefined ? texts : [...texts, textOf(last)];
}

const cuts = fc.array(fc.integer({ min: 1, max: 12 }));

Deno.test("LineItems are the lines of a body, however it comes", () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom("a", "é", "\n", "\r") }),
      cuts,
      (text, lengths) => {
        const lines = text.split("\n");
        if (lines.at(-1) === "") lines.pop();
        assertEquals(split(new LineItems(), encode(text), lengths), lines);
      },
    ),
  );
});

Deno.test("ArrayItems are the elements of an array of JSON, however it comes", () => {
  const spaces = fc.string({ unit: fc.constantFrom(" ", "\n", "\t", "\r"), maxLength: 2 });
  fc.assert(fc.property(fc.array(fc.json()), spaces, cuts, (elements, space, lengths) => {
    const text = `${space}[${elements.map((it) => space + it + space).join(",")}${space}]${space}`;
    const items = new ArrayItems();
    const found = split(items, encode(text), lengths);
    assertEquals(found.map((it) => it.trim()), elements.map((it) => it.trim()));
    assertEquals(items.fault, undefined, text);
    // Cut short anywhere, it is no array, and what is given are its first elements.
    const cut = text.slice(0, text.lastIndexOf("]"));
    const short = new ArrayItems();
    const some = split(short, encode(cut), lengths).map((it) => it.trim());
    assertEquals(some, elements.slice(0, some.length).map((it) => it.trim()));
    assertEquals(short.fault, "the array does not end");
  }));
});

Deno.test("ArrayItems takes any bytes, and calls an array what JSON does", () => {
  const unit = fc.constantFrom("[", "]", "{", "}", ",", '"', "\\", "1", " ");
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 12 }), cuts, (text, lengths) => {
      const items = new ArrayItems();
      const found = split(items, encode(text), lengths);
      let expected: unknown;
      try {
        expected = JSON.parse(text);
      } catch {
        return;
      }
      assertEquals(items.fault === undefined, Array.isArray(expected), text);
      if (Array.isArray(expected)) assertEquals(found.map((it) => JSON.parse(it)), expected);
    }),
    { numRuns: 20_000 },
  );
});

Deno.test("ArrayItems says what is no array", () => {
  for (
    const [text, fault, isBroken] of [
      ["", "The body is not an array of JSON", false],
      ["{}", "The body is not an array of JSON", true],
      ["1[", "The body is not an array of JSON", true],
      ["[", "the array does not end", false],
      ["[1] 2", "there is something behind the array", true],
    ] as const
  ) {
    for (const lengths of [[], [1], [1, 1, 1]]) {
      const items = new ArrayItems();
      split(items, encode(text), lengths);
      assertEquals([items.fault, items.isBroken], [fault, isBroken], text);
    }
  }
});

Deno.test("an item may have 16 KiB, and the next one is no worse off for one that has more", () => {
  for (
    const [length, isTooLong] of [[MAX_ITEM_BYTES, false], [MAX_ITEM_BYTES + 1, true]] as const
  ) {
    const long = `"${"x".repeat(length - 2)}"`;
    const expected = [isTooLong ? "too long" : long, "1"];
    for (const lengths of [[], [100], [MAX_ITEM_BYTES], Array(40).fill(1_000)]) {
      assertEquals(split(new LineItems(), encode(`${long}\n1\n`), lengths), expected);
      const items = new ArrayItems();
      assertEquals(split(items, encode(`[${long},1]`), lengths), expected);
      assert(!items.isBroken);
    }
  }
});
