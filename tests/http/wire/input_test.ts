import { assert, assertEquals } from "@std/assert";
import { type Head, HeadError, MAX_HEAD_BYTES } from "../../../src/http/wire/head.ts";
import { Input } from "../../../src/http/wire/input.ts";

/** An input of these bytes in pieces of `size`. */
function inputOf(bytes: Uint8Array, size: number): Input {
  let at = 0;
  return new Input({
    read(buffer) {
      const piece = bytes.subarray(at, at + Math.min(size, buffer.length));
      buffer.set(piece);
      at += piece.length;
      return Promise.resolve(piece.length === 0 ? null : piece.length);
    },
  });
}

async function nextHead(input: Input): Promise<Head | HeadError | undefined> {
  let head = input.nextHead();
  while (head === undefined && await input.fill()) head = input.nextHead();
  return head;
}

const encoder = new TextEncoder();
const SIZES = [1, 1_000, 20_000, 1_000_000];

Deno.test("Input refuses a head that is too long, in whatever pieces it comes", async () => {
  // They leave a buffer that is larger than a head may be.
  const first = [17_000, 15_900].map((length) => {
    return `GET /1 HTTP/1.1\r\nHost: h\r\nA: ${"x".repeat(length)}\r\n\r\n`;
  }).join("");
  const start = "GET /2 HTTP/1.1\r\nHost: h\r\nA: ";
  for (const [over, status] of [[0, undefined], [1, 431]] as const) {
    const filling = "x".repeat(MAX_HEAD_BYTES - start.length - 4 + over);
    const bytes = encoder.encode(`${first}${start}${filling}\r\n\r\n`);
    for (const size of SIZES) {
      const input = inputOf(bytes, size);
      for (let i = 0; i < 2; i++) assert(!(await nextHead(input) instanceof HeadError));
      const head = await nextHead(input);
      assertEquals(head instanceof HeadError ? head.status : undefined, status, `${size}`);
    }
  }
});

Deno.test("Input reads each byte of a head as what it is", async () => {
  // Of the euro sign as UTF-8 the web makes other bytes when it reads Latin-1.
  const text = "GET /€?%E2%82%AC=€ HTTP/1.1\r\nHost: h\r\nA: \u0080\r\n\r\n";
  const head = await nextHead(inputOf(encoder.encode(text), 7));
  assert(head !== undefined && !(head instanceof HeadError));
  assertEquals([head.path, head.search], ["/%E2%82%AC", "%E2%82%AC=%E2%82%AC"]);
  assertEquals(head.fields.get("a"), "\xc2\x80");
});
