import { assertEquals } from "@std/assert";
import { decode, encode } from "../../../../src/base/bytes.ts";
import { fromLatin1, latin1 } from "../../../support/reference/reference.ts";
import { joined } from "../../../../src/base/buffers.ts";
import {
  BINARY,
  CLOSE,
  CONTINUATION,
  formatClose,
  formatFrame,
  FrameReader,
  INVALID_TEXT,
  PING,
  PONG,
  PROTOCOL_ERROR,
  TEXT,
} from "../../../../src/http/wire/web_socket/frames.ts";
import { clientFrame } from "../../../support/web_socket_frames.ts";

/** Reads input in pieces of `size` bytes into a room of `room`; says what happened. */
function read(input: Uint8Array, size: number, room = 1_000): string[] {
  const reader = new FrameReader(true);
  const happened: string[] = [];
  const buffer = new Uint8Array(room);
  let data = "";
  for (let at = 0; at < input.length; at += size) {
    // A copy: what the reader needs of it has to be kept by the reader.
    reader.input = input.slice(at, at + size);
    reader.at = 0;
    reader.end = reader.input.length;
    for (;;) {
      const event = reader.take(buffer, 0, room);
      data += latin1(buffer.subarray(0, reader.taken));
      if (event === "starved") break;
      if (event === "full") continue;
      if (event === "message") {
        happened.push(`${reader.isText ? "text" : "bytes"} ${decode(fromLatin1(data))}`);
        data = "";
      }
      if (event === "control") happened.push(`${reader.opcode} ${decode(reader.control)}`);
      if (event === "broken") return [...happened, `broken ${reader.problem[0]}`];
    }
  }
  return data === "" ? happened : [...happened, `rest ${data}`];
}

const LONG = "0123456789".repeat(7_000);

const STREAMS: [what: string, input: Uint8Array, happened: string[]][] = [
  ["a text", clientFrame(TEXT, "hello"), ["text hello"]],
  ["bytes", clientFrame(BINARY, "hello"), ["bytes hello"]],
  ["nothing", clientFrame(TEXT, ""), ["text "]],
  ["lengths of two bytes", clientFrame(TEXT, LONG.slice(0, 300)), [`text ${LONG.slice(0, 300)}`]],
  ["lengths of eight bytes", clientFrame(BINARY, LONG), [`bytes ${LONG}`]],
  [
    "fragments with a ping in between",
    joined(
      clientFrame(TEXT, "he", { isFinal: false }),
      clientFrame(PING, "p"),
      clientFrame(CONTINUATION, "", { isFinal: false }),
      clientFrame(CONTINUATION, "llo"),
      clientFrame(PONG, ""),
    ),
    ["9 p", "text hello", "10 "],
  ],
  [
    "a character in two fragments",
    joined(
      clientFrame(TEXT, encode("é").subarray(0, 1), { isFinal: false }),
      clientFrame(CONTINUATION, encode("é").subarray(1)),
    ),
    ["text é"],
  ],
  ["a close", clientFrame(CLOSE, formatClose(1000, encode("bye"))), ["8 \x03\ufffdbye"]],
];

for (const [what, input, happened] of STREAMS) {
  Deno.test(`FrameReader reads ${what}, wherever it is cut`, () => {
    const sizes = input.length > 1_000 ? [1_000, 16_384, input.length] : [1, 2, 3, 7, input.length];
    for (const size of sizes) {
      assertEquals(read(input, size), happened, `${size} bytes at a time`);
      assertEquals(read(input, size, 1), happened, `${size} bytes at a time, room for one`);
    }
  });
}

const BROKEN: [what: string, input: Uint8Array, code: number][] = [
  ["no mask", clientFrame(TEXT, "a", { isMasked: false }), PROTOCOL_ERROR],
  ["a reserved bit", clientFrame(TEXT, "a", { reserved: 0x40 }), PROTOCOL_ERROR],
  ["an unknown kind of data", clientFrame(3, "a"), PROTOCOL_ERROR],
  ["an unknown kind of control", clientFrame(11, "a"), PROTOCOL_ERROR],
  ["a ping in fragments", clientFrame(PING, "a", { isFinal: false }), PROTOCOL_ERROR],
  ["a ping of 126 bytes", clientFrame(PING, "a".repeat(126)), PROTOCOL_ERROR],
  ["a length that is too long", clientFrame(TEXT, "a", { lengthBytes: 2 }), PROTOCOL_ERROR],
  ["a length that is far too long", clientFrame(TEXT, "a", { lengthBytes: 8 }), PROTOCOL_ERROR],
  [
    "a length beyond all numbers",
    new Uint8Array([0x82, 0xff, ...Array(12).fill(255)]),
    PROTOCOL_ERROR,
  ],
  ["a continuation of nothing", clientFrame(CONTINUATION, "a"), PROTOCOL_ERROR],
  [
    "a message within a message",
    joined(clientFrame(TEXT, "a", { isFinal: false }), clientFrame(TEXT, "b")),
    PROTOCOL_ERROR,
  ],
  ["a text that is not UTF-8", clientFrame(TEXT, new Uint8Array([0xff])), INVALID_TEXT],
  ["a text that ends in a character", clientFrame(TEXT, new Uint8Array([0xc3])), INVALID_TEXT],
];

for (const [what, input, code] of BROKEN) {
  Deno.test(`FrameReader refuses ${what}`, () => {
    for (const size of [1, input.length]) {
      assertEquals(read(input, size).at(-1), `broken ${code}`);
    }
  });
}

Deno.test("FrameReader begins a text anew after one", () => {
  const input = joined(clientFrame(TEXT, "é"), clientFrame(BINARY, new Uint8Array([0xc3])));
  assertEquals(read(input, 1), ["text é", "bytes \ufffd"]);
});

Deno.test("formatFrame() writes frames that are read back, but for their mask", () => {
  for (const length of [0, 1, 125, 126, 65_535, 65_536, 70_000]) {
    const frame = formatFrame(BINARY, new Uint8Array(length).fill(7));
    const own = clientFrame(BINARY, new Uint8Array(length).fill(7), { isMasked: false });
    assertEquals(frame, own, `${length} bytes`);
  }
});

Deno.test("formatClose() cuts a reason that does not fit", () => {
  const payload = formatClose(1008, encode("x".repeat(200)));
  assertEquals([payload.length, payload[0], payload[1]], [125, 3, 240]);
});
