import { assertEquals } from "@std/assert";
import fc from "../support/properties.ts";
import {
  afterSpaces,
  compareBytes,
  copyBytes,
  decode,
  decodeLatin1,
  encode,
  isDigit,
  isSpace,
  nextSpace,
  startsWith,
} from "../../src/base/bytes.ts";

const bytes = fc.uint8Array({ maxLength: 300 });

Deno.test("isSpace() and isDigit() know their bytes and no other", () => {
  const all = Array.from({ length: 256 }, (_, byte) => byte);
  assertEquals(all.filter(isSpace), [0x09, 0x0a, 0x0b, 0x0c, 0x0d, 0x20]);
  assertEquals(all.filter(isDigit), [..."0123456789"].map((it) => it.charCodeAt(0)));
});

Deno.test("afterSpaces() and nextSpace() stop at the end", () => {
  const line = encode(" \t ab c");
  assertEquals([afterSpaces(line, 0, 7), afterSpaces(line, 0, 2), afterSpaces(line, 3, 7)], [
    3,
    2,
    3,
  ]);
  assertEquals([nextSpace(line, 3, 7), nextSpace(line, 6, 7), nextSpace(line, 0, 7)], [5, 7, 0]);
});

Deno.test("copyBytes() copies any run, and gives the offset after it", () => {
  fc.assert(fc.property(bytes, fc.nat(300), fc.nat(300), fc.nat(50), (from, one, other, at) => {
    const [start, end] = [Math.min(one, other), Math.max(one, other)]
      .map((it) => Math.min(it, from.length)) as [number, number];
    const to = new Uint8Array(400).fill(7);
    const after = copyBytes(from, start, end, to, at);
    assertEquals(after, at + end - start);
    assertEquals(to.subarray(at, after), from.subarray(start, end));
    assertEquals([...to.subarray(0, at), ...to.subarray(after)].every((it) => it === 7), true);
  }));
});

Deno.test("compareBytes() orders as texts of one character a byte do", () => {
  const text = (it: Uint8Array) => String.fromCharCode(...it);
  fc.assert(fc.property(bytes, bytes, (a, b) => {
    const order = Math.sign(compareBytes(a, 0, a.length, b, 0, b.length));
    assertEquals(order, text(a) < text(b) ? -1 : text(a) > text(b) ? 1 : 0);
  }));
});

Deno.test("startsWith() looks no further than the end, nor before the start", () => {
  const line = encode("AT x");
  const table: [start: number, end: number, word: string, expected: boolean][] = [
    [0, 4, "AT ", true],
    [0, 2, "AT ", false],
    [1, 4, "AT ", false],
    [3, 4, "x", true],
    [3, 9, "xy", false],
    [-1, 4, "A", false],
    [4, 4, "", true],
  ];
  for (const [start, end, word, expected] of table) {
    assertEquals(startsWith(line, start, end, encode(word)), expected, `${start} ${end} ${word}`);
  }
});

Deno.test("decode() keeps a byte order mark, and marks what is not UTF-8", () => {
  assertEquals(decode(new Uint8Array([0xef, 0xbb, 0xbf, 0x61])), "\ufeffa");
  assertEquals(decode(new Uint8Array([0x61, 0xff, 0x62]), 1), "\ufffdb");
});

Deno.test("decodeLatin1() gives each byte as the character of its number", () => {
  const bytes = Uint8Array.from({ length: 256 }, (_, i) => i);
  assertEquals(Array.from(decodeLatin1(bytes), (it) => it.charCodeAt(0)), [...bytes]);
  assertEquals(decodeLatin1(new Uint8Array([0x61, 0xe0])), "a\xe0");
});
