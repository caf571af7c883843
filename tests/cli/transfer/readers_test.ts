// The readers of files of locations: whatever the file and wherever it is cut, they give what is in it.

import { assertEquals, assertRejects } from "@std/assert";
import { Failure } from "../../../src/cli/command/errors.ts";
import { CsvReader } from "../../../src/cli/transfer/csv_reader.ts";
import { EXPORT_FORMS, FORMATS } from "../../../src/cli/transfer/export_forms.ts";
import type { Reader } from "../../../src/cli/transfer/reader.ts";
import { formatOfName, formatOfText, readerOf, Source } from "../../../src/cli/transfer/source.ts";
import type { Told } from "../../../src/cli/transfer/told.ts";
import fc from "../../support/properties.ts";

/** What a reader gives of pieces of a text. */
async function readAll(reader: Reader, pieces: Iterable<string>): Promise<Told[]> {
  const all: Told[] = [];
  for (const piece of pieces) {
    for await (const it of reader.read(piece)) all.push(it);
  }
  for await (const it of reader.end()) all.push(it);
  return all;
}

/** A text in pieces, at random places; characters stay whole, as a decoder leaves them. */
function cut(text: string, places: readonly number[]): string[] {
  const all = Array.from(text);
  const ends = [...places.map((it) => it % (all.length + 1)), all.length].sort((a, b) => a - b);
  return ends.map((end, index) => all.slice(ends[index - 1] ?? 0, end).join(""));
}

/** Degrees to a billionth: the least of them are printed with an exponent. */
function degrees(most: number) {
  return fc.double({ min: -most, max: most, noNaN: true }).map((it) => Number(it.toFixed(9)));
}

const location = fc.record({
  id: fc.string({ minLength: 1, unit: fc.constantFrom(..."ab%,;\"'{}[]\\:\n é\u{1f98a}") }),
  lat: degrees(90),
  lon: degrees(180),
  time: fc.constantFrom(undefined, "1520023934.918963997", "2018-03-02T19:32:14Z"),
});
const locations = fc.array(location, { maxLength: 20 });
const cuts = fc.array(fc.nat(5_000), { maxLength: 30 });
const lineEnd = fc.constantFrom("\n", "\r\n");

function lineOf({ id, lat, lon, time }: Record<string, unknown>): string {
  return JSON.stringify({ id, lat, lon, time });
}

const linesOf = (told: readonly Told[]) => told.map((it) => "line" in it ? it.line : it.fault);

Deno.test("NdjsonReader gives the locations of any lines, wherever they are cut", async () => {
  await fc.assert(
    fc.asyncProperty(locations, cuts, lineEnd, fc.boolean(), async (all, places, end, isOpen) => {
      const text = all.map((it) => lineOf({ ...it, more: [1] }) + end).join(end);
      const told = await readAll(
        await readerOf("ndjson"),
        cut(isOpen ? text.trimEnd() : text, places),
      );
      assertEquals(linesOf(told), all.map(lineOf));
      assertEquals(told.map(({ at }) => at), all.map((_, index) => 2 * index + 1));
    }),
  );
});

Deno.test("JsonReader gives the features of any collection, and the elements of any array", async () => {
  const member = fc.constantFrom(
    "",
    '"bbox":[1,2],',
    '"name":"features",',
    '"a":{"features":[1]},',
  );
  await fc.assert(
    fc.asyncProperty(locations, cuts, member, fc.boolean(), async (all, places, before, isWide) => {
      const features = all.map(({ id, lat, lon, time }) => ({
        type: "Feature",
        id,
        geometry: { type: "Point", coordinates: [lon, lat, 7] },
        properties: { time, "a]b": ['"', { c: "}" }] },
      }));
      const items = JSON.stringify(features, null, isWide ? 2 : 0);
      const collection = `\n{${before}"type":"FeatureCollection", "features" : ${items}, "x":[1]}`;
      const given = await readAll(await readerOf("geojson"), cut(collection, places));
      // In JSON, -0 is 0.
      const expected = all.map(({ id, lat, lon, time }) => lineOf({ id, lat, lon, time }));
      assertEquals(linesOf(given), expected);
      assertEquals(given.map(({ at }) => at), all.map((_, index) => index + 1));
      const array = `[${all.map(lineOf).join(" , ")}]\n`;
      assertEquals(linesOf(await readAll(await readerOf("geojson"), cut(array, places))), expected);
    }),
  );
});

Deno.test("CsvReader gives the locations of any table, wherever it is cut", async () => {
  const separator = fc.constantFrom(",", ";", "\t");
  await fc.assert(
    fc.asyncProperty(locations, cuts, lineEnd, separator, async (all, places, end, between) => {
      const quote = (text: string) => `"${text.replaceAll('"', '""').replaceAll("\n", end)}"`;
      const known = all.filter(({ id }) => id.trim() !== "");
      const rows = known.map(({ id, lat, lon, time = "" }) =>
        [`${lon}`, quote(id), "more", `${lat}`, time].join(between)
      );
      const text = [["lng", "Device", "x1", "Latitude", "timestamp"].join(between), ...rows]
        .map((it) => it + end).join("");
      const told = await readAll(new CsvReader(), cut(text, places));
      const expected = known.map((it) => lineOf({ ...it, id: it.id.trim() }));
      assertEquals(linesOf(told), expected);
      let line = 2;
      for (const [index, { at }] of told.entries()) {
        assertEquals(at, line);
        line += known[index]!.id.split("\n").length;
      }
    }),
  );
});

Deno.test("each form of an export is read as what it was made of", async () => {
  const rest = { location: "", skew: "0", server: "Ann" };
  const clients = [
    { id: "a%2F%FF", lat: -1.5, lon: 180, time: "1520023934.918963997", ...rest },
    { id: "%22%2C", lat: 1e-7, lon: 0, time: "7", ...rest },
  ];
  for (const format of FORMATS) {
    const { head, separator, foot, print } = EXPORT_FORMS[format];
    const text = head + clients.map(print).join(separator) + foot;
    assertEquals(formatOfText(text), format);
    const told = await readAll(await readerOf(format), [text]);
    assertEquals(linesOf(told), clients.map(lineOf));
  }
});

Deno.test("readers name the fault of a location and go on", async () => {
  const table: [format: typeof FORMATS[number], text: string, expected: [number, string][]][] = [
    ["ndjson", '{"id":\n\n[1]\n{"id":"\ufffd"}\n', [[1, "not JSON"], [3, "not an object of JSON"], [
      4,
      "'id': not UTF-8: percent-encode it, such as '%FF'",
    ]]],
    ["csv", "id,lat,lon\na,1\n", [[2, "has 2 fields, not 3"]]],
    ["geojson", '[{"type":"Feature","geometry":null},7]', [
      [1, "its geometry is no Point"],
      [2, "not an object of JSON"],
    ]],
  ];
  for (const [format, text, expected] of table) {
    const told = await readAll(await readerOf(format), [text]);
    assertEquals(told.map((it) => [it.at, "fault" in it && it.fault]), expected);
  }
});

Deno.test("readers say why a text cannot be read on, and what to do", async () => {
  const table: [format: typeof FORMATS[number], text: string, message: string][] = [
    ["csv", "", "line 1: there is no column 'id', 'lat', 'lon'"],
    ["csv", "id,lat\n", "line 1: there is no column 'lon'"],
    ["csv", "id,lat,lng,x\n", "two columns stand for"],
    ["csv", 'id,lat,lon\n"a,1,2\nb,1,2\n', "a quote is opened and never closed"],
    ["csv", 'id,lat,lon\n"a"b,1,2\n', "text follows a closing quote"],
    ["csv", `id,lat,lon\n"${"a\n".repeat(1 << 20)}`, "a record is too long"],
    ["geojson", '{"type":"Feature"}', "no array 'features'"],
    ["geojson", '{"features":[{"id":"a"},{"id', "breaks off behind feature 1"],
    ["geojson", '[{"id":"a"},{"id', "breaks off behind element 1"],
    ["ndjson", "a".repeat((1 << 24) + 1), "line 1 is too long"],
    ["geojson", `["${"a".repeat(1 << 24)}`, "element 1 is too long"],
  ];
  for (const [format, text, message] of table) {
    const read = async () => await readAll(await readerOf(format), [text]);
    await assertRejects(read, Failure, message);
  }
});

Deno.test("the form of a file is told by its name, else by its beginning", () => {
  assertEquals(
    ["a.csv", "b.TSV", "c.geojson", "d.jsonl", "e.ndjson", "f.json", "g", ".csv/x"].map(
      formatOfName,
    ),
    ["csv", "csv", "geojson", "ndjson", "ndjson", undefined, undefined, undefined],
  );
  const table = {
    'id,lat,lon\n"a"': "csv",
    ' {"id":"a"}\n{"id"': "ndjson",
    '{"type":"Feature"}\n': "ndjson",
    '{"type":"FeatureCollection","features":[]}': "geojson",
    '{\n  "type": "FeatureCollection"': "geojson",
    "[": "geojson",
    "": "csv",
  } as const;
  for (const [text, format] of Object.entries(table)) {
    assertEquals(formatOfText(text), format, text);
  }
});

Deno.test("Source gives a text without a mark, its first line whole, and counts bytes", async () => {
  const bytes = new TextEncoder().encode("\ufeffé,lat\n1,2\n");
  const stream = ReadableStream.from(Array.from(bytes, (it) => new Uint8Array([it])));
  const source = new Source(stream, new AbortController().signal);
  const pieces = await Array.fromAsync(source.pieces());
  assertEquals(pieces[0], "é,lat\n");
  assertEquals(pieces.join(""), "é,lat\n1,2\n");
  assertEquals(source.bytes, bytes.length);
});

Deno.test("Source ends when it is stopped while it waits for input", async () => {
  const stop = new AbortController();
  const { readable, writable } = new TransformStream<
    Uint8Array<ArrayBuffer>,
    Uint8Array<ArrayBuffer>
  >();
  const writer = writable.getWriter();
  writer.write(new TextEncoder().encode("a\n")).catch(() => {});
  const pieces = new Source(readable, stop.signal).pieces();
  assertEquals((await pieces.next()).value, "a\n");
  const next = pieces.next();
  stop.abort("SIGINT");
  assertEquals((await next).done, true);
  await writer.closed.catch(() => {});
});
