// Lines for people and for machines, and that nothing in a value can pass for something else.

import { assert, assertEquals, assertFalse } from "@std/assert";
import fc from "../../support/properties.ts";
import {
  type Event,
  formatHuman,
  formatJson,
  MAX_VALUE_LENGTH,
} from "../../../src/cli/logging/log_format.ts";
import type { Field, Fields } from "../../../src/base/log.ts";

function event(fields: Fields = {}): Event {
  const time = new Date("2026-11-24T08:15:30.123Z");
  return { time, level: "INFO", server: "Goloman", event: "link.up", fields };
}

const HUMAN_START = "2026-11-24T08:15:30.123Z INFO  Goloman  link up";

/** The value of the one field of a line. */
function human(value: Field): string {
  const line = formatHuman(event({ value }));
  const start = `${HUMAN_START}  value=`;
  assert(line.startsWith(start), line);
  return line.slice(start.length);
}

const bytes = (...values: number[]) => new Uint8Array(values);
const utf8 = (text: string) => new TextEncoder().encode(text);

Deno.test("formatHuman() makes a line of time, level, server, event and fields", () => {
  assertEquals(formatHuman(event()), HUMAN_START);
  assertEquals(
    formatHuman(event({ neighbour: "Hands", position: 12, absent: undefined, caughtUp: true })),
    `${HUMAN_START}  neighbour=Hands position=12 caughtUp=true`,
  );
  assertEquals(
    formatHuman({ ...event(), level: "ERROR" }),
    "2026-11-24T08:15:30.123Z ERROR Goloman  link up",
  );
});

Deno.test("formatHuman() quotes and escapes values where they need it", () => {
  const table: [Field, string][] = [
    ["plain", "plain"],
    ["", '""'],
    ["two words", '"two words"'],
    ["a=b", '"a=b"'],
    ['say "hi"', '"say \\"hi\\""'],
    ["back\\slash", "back\\\\slash"],
    ["\r\n\t", "\\r\\n\\t"],
    ["\x00\x1b[31m\x7f", "\\x00\\x1b[31m\\x7f"],
    ["\u0085\u009b31m", "\\u{85}\\u{9b}31m"],
    ["\u2028\u2029", "\\u{2028}\\u{2029}"],
    ["\u202e\u2066\u200f\u061c", "\\u{202e}\\u{2066}\\u{200f}\\u{61c}"],
    ["\ufeff\u200b\u00a0", "\\u{feff}\\u{200b}\\u{a0}"],
    ["\u{e0001}", "\\u{e0001}"],
    ["\ud800", "\\u{d800}"],
    ["h\u00e9llo \u4e16\u754c", '"h\u00e9llo \u4e16\u754c"'],
    [12.5, "12.5"],
    [-0.001, "-0.001"],
    [false, "false"],
    [utf8("kiwi.cs.ucla.edu"), "kiwi.cs.ucla.edu"],
    [utf8("h\u00e9 \\"), '"h\u00e9 \\\\"'],
    [bytes(0x41, 0xff, 0x20, 0x5c, 0x0a), '"A\\xff \\\\\\n"'],
    [bytes(0xc3, 0xa9, 0x80), "\\xc3\\xa9\\x80"],
    [utf8("\ufffd"), "\\xef\\xbf\\xbd"],
    [bytes(), '""'],
  ];
  for (const [value, expected] of table) assertEquals(human(value), expected);
});

Deno.test("formatJson() makes an object of stable names in a stable order", () => {
  assertEquals(
    formatJson(event({ neighbour: "Hands", position: 12, absent: undefined, caughtUp: true })),
    '{"time":"2026-11-24T08:15:30.123Z","level":"info","server":"Goloman","event":"link.up",' +
      '"msg":"link up","neighbour":"Hands","position":12,"caughtUp":true}',
  );
});

Deno.test("formatJson() escapes what is not UTF-8, and what does not show", () => {
  const line = formatJson(event({ a: bytes(0x41, 0xff, 0x5c), b: "\x9b\u2028\u202e\u{e0001}" }));
  const end = '"a":"A\\\\xff\\\\\\\\","b":"\\u009b\\u2028\\u202e\\udb40\\udc01"}';
  assertEquals(line.slice(-end.length), end);
});

/** Whatever a client may send, with much of what makes trouble. */
const trouble = fc.constantFrom(
  ..."\n\r\t\0\x1b\x7f\x85\x9b\u2028\u2029\u202e\u2066\u200b\ufeff\ufffd\ud800\udc00\\\"'= {}%x41",
);
const anyText = fc.array(fc.oneof(trouble, fc.string({ unit: "binary" })))
  .map((parts) => parts.join(""));
const anyBytes = fc.oneof(fc.uint8Array({ max: 255 }), anyText.map(utf8));
const anyFields = fc.array(fc.oneof(anyText, anyBytes), { maxLength: 4 });
const named = (values: Field[]) => Object.fromEntries(values.map((it, i) => [`f${i}`, it]));

/** Anything that a terminal or a reader of lines could take for more than text. */
const DANGEROUS = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u;

/** What a reader of a line for people takes its values for, as bytes. */
function parseHuman(line: string): Uint8Array[] {
  const values: Uint8Array[] = [];
  const field = /\s+f\d+=(?:"((?:[^"\\]|\\.)*)"|([^\s"=]*))/gy;
  field.lastIndex = HUMAN_START.length;
  for (let match = field.exec(line); match !== null; match = field.exec(line)) {
    values.push(unescape(match[1] ?? match[2]!));
    if (field.lastIndex === line.length) return values;
  }
  assertEquals(line, HUMAN_START);
  return values;
}

function unescape(text: string): Uint8Array {
  const units = text.match(/\\x..|\\u\{[^}]*\}|\\.|[^]/gu) ?? [];
  return Uint8Array.from(units.flatMap((unit) => {
    if (unit.startsWith("\\x")) return [parseInt(unit.slice(2), 16)];
    if (unit.startsWith("\\u")) {
      return [...utf8(String.fromCodePoint(parseInt(unit.slice(3, -1), 16)))];
    }
    const short: Record<string, string> = { "\\n": "\n", "\\r": "\r", "\\t": "\t" };
    return [...utf8(short[unit] ?? unit.replace(/^\\/, ""))];
  }));
}

Deno.test("formatHuman() is one harmless line from which the very bytes can be read back", () => {
  fc.assert(
    fc.property(anyFields, (values) => {
      const line = formatHuman(event(named(values)));
      assertFalse(DANGEROUS.test(line), line);
      const expected = values.map((it) => typeof it === "string" ? utf8(it) : it);
      assertEquals(parseHuman(line), expected.map((it) => new Uint8Array(it)));
    }),
    { numRuns: 500 },
  );
});

Deno.test("formatJson() is one harmless line from which the very values can be read back", () => {
  fc.assert(
    fc.property(anyFields, (values) => {
      const line = formatJson(event(named(values)));
      assertFalse(DANGEROUS.test(line), line);
      const { time, level, server, event: name, msg, ...fields } = JSON.parse(line);
      assertEquals({ time, level, server, name, msg }, {
        time: "2026-11-24T08:15:30.123Z",
        level: "info",
        server: "Goloman",
        name: "link.up",
        msg: "link up",
      });
      assertEquals(Object.keys(fields), Object.keys(named(values)));
      values.forEach((value, i) => {
        const parsed = fields[`f${i}`];
        if (typeof value === "string") assertEquals(parsed, value);
        else assertEquals(unescapeBytes(parsed), new Uint8Array(value));
      });
    }),
    { numRuns: 500 },
  );
});

/** Only backslashes and bytes that are not UTF-8 are escaped before JSON does it. */
function unescapeBytes(text: string): Uint8Array {
  const units = text.match(/\\x..|\\\\|[^]/gu) ?? [];
  return Uint8Array.from(
    units.flatMap((unit) =>
      unit.startsWith("\\x") ? [parseInt(unit.slice(2), 16)] : [...utf8(unit.replace("\\\\", "\\"))]
    ),
  );
}

Deno.test("a value that is too long is cut, and the line says by how much", () => {
  const fitting = "x".repeat(MAX_VALUE_LENGTH);
  assertEquals(human(fitting), fitting);
  assertEquals(human(utf8(fitting)), fitting);
  assertEquals(human(`${fitting}y`), `"${fitting}... (1 characters more)"`);
  const large = new Uint8Array(2_000_000).fill(0xff);
  const line = human(large);
  assert(line.length < 5 * MAX_VALUE_LENGTH, `${line.length}`);
  assert(line.endsWith(`... (${large.length - MAX_VALUE_LENGTH} bytes more)"`));
  const { value } = JSON.parse(formatJson(event({ value: `${fitting}yz` })));
  assertEquals(value, `${fitting}... (2 characters more)`);
});
