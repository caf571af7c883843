import { assertEquals } from "@std/assert";
import fc from "../support/properties.ts";
import { LineReader, MAX_LINE_BYTES } from "../../src/protocol/lines.ts";
import { fromLatin1, latin1 } from "../support/reference/reference.ts";

/** Gives the chunks one after the other, as far as the reader's buffer has room. */
function source(chunks: Uint8Array[]) {
  const rest = chunks.filter((it) => it.length > 0);
  return {
    read(buffer: Uint8Array): Promise<number | null> {
      const chunk = rest.shift();
      if (chunk === undefined) return Promise.resolve(null);
      const count = Math.min(chunk.length, buffer.length);
      buffer.set(chunk.subarray(0, count));
      if (count < chunk.length) rest.unshift(chunk.subarray(count));
      return Promise.resolve(count);
    },
  };
}

async function linesOf(chunks: Uint8Array[], maxLineBytes?: number): Promise<string[]> {
  const found: string[] = [];
  for await (const lines of new LineReader(source(chunks), maxLineBytes)) {
    while (lines.nextLine()) {
      const text = latin1(lines.bytes.subarray(lines.start, lines.end));
      found.push(lines.isOverlong ? `>${text}` : text);
    }
  }
  return found;
}

function expected(text: string, maxLineBytes: number): string[] {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  return lines.map((it) => it.length > maxLineBytes ? `>${it.slice(0, maxLineBytes)}` : it);
}

Deno.test("LineReader gives the same lines however the bytes are cut", async () => {
  const text = fc.array(fc.constantFrom("a", "b", "\n", "\r", "\xa0", "cccccccc"), {
    maxLength: 60,
  }).map((it) => it.join(""));
  await fc.assert(
    fc.asyncProperty(text, fc.array(fc.nat(60)), async (text, cuts) => {
      const bytes = fromLatin1(text);
      const at = [0, ...cuts.map((it) => it % (bytes.length + 1)).sort((a, b) => a - b)];
      const chunks = at.map((start, i) => bytes.subarray(start, at[i + 1]));
      assertEquals(await linesOf(chunks, 7), expected(text, 7));
    }),
    { numRuns: 1000 },
  );
});

Deno.test("LineReader cuts a line over the limit and goes on after it", async () => {
  const long = "x".repeat(MAX_LINE_BYTES + 1);
  assertEquals(await linesOf([fromLatin1(`${long}\nnext\n`)]), [`>${long.slice(1)}`, "next"]);
  const exact = "x".repeat(MAX_LINE_BYTES);
  assertEquals(await linesOf([fromLatin1(`${exact}\nnext`)]), [exact, "next"]);
  const huge = Array.from({ length: 100 }, () => fromLatin1("y".repeat(50_000)));
  assertEquals(await linesOf([...huge, fromLatin1("\nz\n")]), [`>${"y".repeat(4096)}`, "z"]);
});

Deno.test("LineReader can be left and read on by another loop", async () => {
  const lines = new LineReader(source([fromLatin1("a\nb\n"), fromLatin1("c\n")]));
  for await (const _ of lines) {
    lines.nextLine();
    break;
  }
  const rest: string[] = [];
  do {
    while (lines.nextLine()) rest.push(latin1(lines.bytes.subarray(lines.start, lines.end)));
  } while (!(await lines.next()).done);
  assertEquals(rest, ["b", "c"]);
});

Deno.test("LineReader is as soon done with a line of many pieces as with one of few", async () => {
  const steps: number[] = [];
  for (const length of [2, MAX_LINE_BYTES]) {
    const pieces = Array.from({ length }, () => fromLatin1("x")).concat(fromLatin1("\n"));
    const { read } = source(pieces);
    let left = pieces.length;
    let isDone = false;
    const done = new LineReader({
      read(buffer) {
        left--;
        return read(buffer);
      },
    }).next().then(() => isDone = true);
    while (left > 0) await undefined;
    let count = 0;
    for (; !isDone; count++) await undefined;
    steps.push(count);
    await done;
  }
  // A promise inside of a promise for each piece would take thousands.
  assertEquals(steps[1], steps[0]);
});
