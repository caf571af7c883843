import { assertEquals } from "@std/assert";
import {
  ADDRESS,
  CLIENT_LENGTH,
  CLIENT_START,
  EFFECTIVE_NANOS,
  EFFECTIVE_SECONDS,
  FLAGS,
  HASH,
  KNOWN_TO,
  LENGTH,
  NEXT,
  POSITION,
  PREVIOUS,
  Rows,
} from "../../src/store/rows.ts";

const WORDS = [ADDRESS, HASH, KNOWN_TO, EFFECTIVE_NANOS, NEXT, PREVIOUS];
const HALVES = [LENGTH, CLIENT_START, CLIENT_LENGTH, FLAGS];
const DOUBLES = [EFFECTIVE_SECONDS, POSITION];

Deno.test("Rows keeps every field of every row apart, however many there are", () => {
  const rows = new Rows();
  const numbers = Array.from({ length: 5000 }, () => rows.take());
  assertEquals(new Set(numbers).size, numbers.length);
  const valueOf = (row: number, field: number) => row * 13 + field;
  for (const row of numbers) {
    for (const it of WORDS) rows.setWord(row, it, 2 ** 32 - valueOf(row, it));
    for (const it of HALVES) rows.setHalf(row, it, 2 ** 16 - 1 - valueOf(row, it) % 2 ** 16);
    for (const it of DOUBLES) rows.setDouble(row, it, 1e12 + valueOf(row, it) / 8);
  }
  rows.take();
  for (const row of numbers) {
    for (const it of WORDS) assertEquals(rows.word(row, it), 2 ** 32 - valueOf(row, it));
    for (const it of HALVES) {
      assertEquals(rows.half(row, it), 2 ** 16 - 1 - valueOf(row, it) % 2 ** 16);
    }
    for (const it of DOUBLES) assertEquals(rows.double(row, it), 1e12 + valueOf(row, it) / 8);
  }
});

Deno.test("Rows.take() gives what was given back before anything new", () => {
  const rows = new Rows();
  const [first, second] = [rows.take(), rows.take()];
  rows.give(first);
  assertEquals([rows.take(), rows.take(), rows.end], [first, second + 1, second + 2]);
});
