import { assertEquals, assertRejects } from "@std/assert";
import { gzipSync } from "node:zlib";
import {
  type GazetteerColumns,
  packColumns,
  unpackColumns,
} from "../../../src/places/gazetteer/columns.ts";

const columns: GazetteerColumns = {
  count: 3,
  nodeSize: 64,
  kinds: [["locality", "political"], ["sublocality", "political"]],
  regions: ["Fiji", "Qu\u00e9bec, Canada"],
  coordinates: Int32Array.of(-18_000_000, -9_000_000, 18_000_000, 9_000_000, 0, -1),
  geonameIds: Uint32Array.of(0, 4_294_967_295, 5_328_041),
  regionIndexes: Uint16Array.of(0, 1, 65_535),
  kindIndexes: Uint8Array.of(0, 1, 255),
  names: new TextEncoder().encode('A\nQu\u00e9bec\n\\"X\\"\n'),
};

Deno.test("unpackColumns() gives back what packColumns() was given", async () => {
  assertEquals(await unpackColumns(packColumns(columns, gzipSync)), columns);
});

Deno.test("unpackColumns() refuses what is not its format", async () => {
  const packed = packColumns(columns, gzipSync);
  const other = gzipSync('{"format":"other"}\n').toString("base64");
  await assertRejects(() => unpackColumns("!"), SyntaxError);
  await assertRejects(() => unpackColumns("AAAA"), TypeError);
  await assertRejects(() => unpackColumns(packed.slice(0, 40)), TypeError);
  await assertRejects(() => unpackColumns(other), SyntaxError, "expected 'herd gazetteer 1'");
});
