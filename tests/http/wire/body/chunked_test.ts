import { assertEquals } from "@std/assert";
import { decode, encode } from "../../../../src/base/bytes.ts";
import { ChunkedBody } from "../../../../src/http/wire/body/chunked.ts";

/** Takes a body in pieces of `size` bytes; gives it, and what was left behind its end. */
function take(coded: string, size: number, maxBytes = 1_000): [ChunkedBody, rest: string] {
  const body = new ChunkedBody(maxBytes);
  const bytes = encode(coded);
  let at = 0;
  while (at < bytes.length && !body.isWhole && !body.isBroken) {
    at = body.take(bytes, at, Math.min(bytes.length, at + size));
  }
  return [body, decode(bytes, at)];
}

const BODIES: [coded: string, body: string][] = [
  ["0\r\n\r\n", ""],
  ["5\r\nhello\r\n0\r\n\r\n", "hello"],
  ["5\r\nhello\r\n00006\r\n world\r\n000\r\n\r\n", "hello world"],
  [
    "a;name=value;other\r\n0123456789\r\nC\r\n\r\n0\r\n\r\n0\r\n\r\n\r\n0\r\n\r\n",
    "0123456789\r\n0\r\n\r\n0\r\n\r\n",
  ],
  ["1\r\nx\r\n0\r\nTrailer: a\r\nOther: b\r\n\r\n", "x"],
];

for (const [coded, expected] of BODIES) {
  Deno.test(`ChunkedBody decodes ${JSON.stringify(coded)}, however it is cut`, () => {
    for (let size = 1; size <= coded.length; size++) {
      const [body, rest] = take(`${coded}GET /`, size);
      assertEquals([body.isWhole, decode(body.bytes), rest], [true, expected, "GET /"]);
    }
  });
}

for (
  const coded of [
    "\r\n",
    "g\r\n",
    "-1\r\n",
    " 5\r\nhello\r\n",
    "5 \r\nhello\r\n",
    "0x5\r\nhello\r\n",
    "5\nhello\r\n",
    "5\r\nhelloo\r\n",
    "5\r\nhello\n0\r\n\r\n",
    "10000000\r\n",
    `5;${"a".repeat(2_000)}\r\n`,
    "5;a\nb\r\nhello\r\n0\r\n\r\n",
    "0\r\nA: b\n\r\n",
    `0\r\n${"A: b\r\n".repeat(2_000)}`,
  ]
) {
  Deno.test(`ChunkedBody refuses ${JSON.stringify(coded.slice(0, 24))}`, () => {
    for (const size of [1, 7, coded.length]) assertEquals(take(coded, size)[0].isBroken, true);
  });
}

Deno.test("ChunkedBody keeps no more than the limit", () => {
  const coded = "1\r\nx\r\n".repeat(20);
  assertEquals(take(coded, 1_000, 20)[0].isTooLong, false);
  const [body] = take(`${coded}1\r\ny\r\n`, 1_000, 20);
  assertEquals([body.isTooLong, body.bytes.length], [true, 20]);
  assertEquals(take("64\r\n" + "x".repeat(100), 1_000, 20)[0].isTooLong, true);
});
