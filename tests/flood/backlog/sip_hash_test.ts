import { assertEquals } from "@std/assert";
import { sipHash, sipResult } from "../../../src/flood/backlog/sip_hash.ts";

Deno.test("sipHash() gives what HalfSipHash-1-3 does, computed by a plain implementation of the paper", () => {
  // The key 00 01 ... 07, inputs 00 01 02 ...; the output's bytes in the order of the reference.
  const table: readonly [length: number, hash: string][] = [
    [0, "76a5d0212320f72a"],
    [1, "87e8748d6fd33397"],
    [3, "3e5239a36bde6c3e"],
    [4, "eb24dba0718cae05"],
    [5, "83e7464ecbc3bde6"],
    [63, "3c12c4201914c5c1"],
    [64, "0ae13b4da064d6b0"],
  ];
  const around = 7;
  for (const [length, expected] of table) {
    const bytes = Uint8Array.from({ length: length + 2 * around }, (_, i) => i - around);
    sipHash([0x03020100, 0x07060504], bytes, around, around + length);
    const view = new DataView(new ArrayBuffer(8));
    sipResult.forEach((word, i) => view.setUint32(4 * i, word, true));
    const hex = [...new Uint8Array(view.buffer)].map((it) => it.toString(16).padStart(2, "0"));
    assertEquals(hex.join(""), expected, `${length} bytes`);
  }
});

Deno.test("sipHash() hangs on the whole key", () => {
  const bytes = new Uint8Array(10);
  const hashes = new Set<string>();
  for (const key of [[0, 0], [1, 0], [0, 1], [1 << 31, 0], [0, 1 << 31]] as const) {
    sipHash(key, bytes, 0, bytes.length);
    hashes.add(sipResult.join());
  }
  assertEquals(hashes.size, 5);
});
