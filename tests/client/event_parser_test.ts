// Server-sent events, whatever they hold and wherever they are cut.

import { assert, assertEquals, assertThrows } from "@std/assert";
import fc from "../support/properties.ts";
import { encode } from "../../src/base/bytes.ts";
import {
  EventParser,
  MAX_EVENT_CHARACTERS,
  type ServerEvent,
} from "../../src/client/event_parser.ts";

function parse(text: string): ServerEvent[] {
  return new EventParser().push(encode(text));
}

/** The events of bytes that come in pieces, cut where these fractions are. */
function parseCut(bytes: Uint8Array, cuts: readonly number[]): ServerEvent[] {
  const parser = new EventParser();
  const ends = [...cuts.map((it) => Math.floor(it * bytes.length)), bytes.length]
    .sort((one, other) => one - other);
  let start = 0;
  return ends.flatMap((end) => {
    const events = parser.push(bytes.subarray(start, end));
    start = end;
    return events;
  });
}

Deno.test("an event has its id, its kind and its data, lines joined", () => {
  assertEquals(parse("id: a:1\nevent: enter\ndata: one\ndata: two\n\n"), [
    { id: "a:1", event: "enter", data: "one\ntwo" },
  ]);
  assertEquals(parse("data\n\n"), [{ id: "", event: "message", data: "" }]);
  assertEquals(parse("data:one\n\ndata:  two\n\n").map((it) => it.data), ["one", " two"]);
});

Deno.test("comments, unknown fields and events without data give nothing", () => {
  assertEquals(parse(":\n\n: a comment\n\nretry: 10\n\nevent: enter\n\nother\n\n"), []);
});

Deno.test("an id stays until the next one, and one with NUL is none", () => {
  const events = parse("id: 1\ndata: a\n\ndata: b\n\nid: 2\0\ndata: c\n\nid\ndata: d\n\n");
  assertEquals(events.map((it) => it.id), ["1", "1", "1", ""]);
});

Deno.test("a mark of byte order at the beginning is passed over", () => {
  assertEquals(parse("\uFEFFdata: a\n\n").map((it) => it.data), ["a"]);
});

Deno.test("an event that has no empty line yet is not given", () => {
  assertEquals(parse("data: a\n"), []);
  assertEquals(parse("data: a"), []);
});

Deno.test("an event may be as long as its limit and no longer", () => {
  const longest = "x".repeat(MAX_EVENT_CHARACTERS - 1);
  assertEquals(parse(`data:${longest}\n\n`)[0]!.data, longest);
  assertThrows(() => parse(`data:${longest}x\n\n`), RangeError);
  const parser = new EventParser();
  const chunk = encode("x".repeat(64 * 1024));
  assertThrows(() => {
    for (let i = 0; i <= MAX_EVENT_CHARACTERS / chunk.length; i++) parser.push(chunk);
  }, RangeError);
});

const text = fc.string({ unit: "binary", maxLength: 8 }).map((it) =>
  it.replace(/[\r\n\0\uFEFF]/g, "").toWellFormed()
);
const event = fc.record({
  id: text,
  event: text,
  data: fc.array(text, { minLength: 1, maxLength: 3 }),
});
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 20 });

Deno.test("events are read back, whatever line ends and comments they have and wherever they are cut", () => {
  const end = fc.constantFrom("\n", "\r\n", "\r");
  fc.assert(fc.property(fc.array(event), fc.infiniteStream(end), cuts, (events, ends, cuts) => {
    let sent = "";
    for (const { id, event, data } of events) {
      const end = ends.next().value;
      sent += `: ${data[0]}${end}id: ${id}${end}event: ${event}${end}`;
      for (const it of data) sent += `data: ${it}${end}`;
      sent += end;
    }
    const expected = events.map(({ id, event, data }) => ({
      id,
      event: event === "" ? "message" : event,
      data: data.join("\n"),
    }));
    assertEquals(parseCut(encode(sent), cuts), expected);
  }));
});

Deno.test("any bytes come to the same events, wherever they are cut", () => {
  const line = fc.constantFrom(
    "data: a",
    "id: 1",
    "event: x",
    ":",
    "\r",
    "\n",
    "\r\n",
    "\n\n",
    "é",
    "\0",
  );
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 60 }),
    fc.array(line, { maxLength: 30 }).map((it) => encode(it.join(""))),
  );
  fc.assert(
    fc.property(bytes, cuts, (bytes, cuts) => {
      const whole = parseCut(bytes, []);
      assertEquals(parseCut(bytes, cuts), whole);
      assert(whole.every((it) => !/[\r\n]/.test(it.event + it.id)));
    }),
    { numRuns: 1_000 },
  );
});
