import { assertEquals } from "@std/assert";
import { Utf8Check } from "../../../../src/http/wire/web_socket/utf8.ts";

/** Checks bytes in pieces of `size`. */
function isUtf8(bytes: Uint8Array, size: number): boolean {
  const check = new Utf8Check();
  for (let at = 0; at < bytes.length; at += size) {
    if (!check.take(bytes, at, Math.min(bytes.length, at + size))) return false;
  }
  return check.end();
}

function isUtf8ByDecoder(bytes: Uint8Array<ArrayBuffer>): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return true;
  } catch {
    return false;
  }
}

Deno.test("Utf8Check agrees with the decoder on every beginning of a character", () => {
  const second = [0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff];
  const others = [0x41, 0x80, 0xbf, 0xc2];
  for (let first = 0; first < 256; first++) {
    for (const two of second) {
      for (const three of others) {
        for (const four of others) {
          const all = new Uint8Array([first, two, three, four]);
          for (let length = 1; length <= 4; length++) {
            const bytes = all.slice(0, length);
            const expected = isUtf8ByDecoder(bytes);
            assertEquals([isUtf8(bytes, 1), isUtf8(bytes, 4)], [expected, expected], `${bytes}`);
          }
        }
      }
    }
  }
});

Deno.test("Utf8Check.end() begins anew", () => {
  const check = new Utf8Check();
  assertEquals(check.take(new Uint8Array([0xc3]), 0, 1), true);
  assertEquals(check.end(), false);
  assertEquals(check.take(new Uint8Array([0x41]), 0, 1), true);
  assertEquals(check.end(), true);
});
