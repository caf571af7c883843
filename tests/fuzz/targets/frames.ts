// Frames of WebSockets: what is taken of a client's stream, in whatever pieces it comes and into rooms of
// whatever size, beside the plain reference.

import { FrameReader } from "../../../src/http/wire/web_socket/frames.ts";
import { referenceFrames } from "../../support/reference/reference_http.ts";
import { clientFrame } from "../../support/web_socket_frames.ts";
import { Chance } from "../chance.ts";
import { expectSame, type Target } from "../target.ts";
import { getLatin1, hashOf, putLatin1 } from "../text.ts";

/** The longest stream: a frame of the longest form fits, and one behind it. */
const MAX_STREAM = 70_000;

/** One stream, read as a whole, byte by byte, and in pieces of any length. */
export const frames: Target = {
  name: "frames",
  generate: stream,
  check(input) {
    const given = input.slice(0, MAX_STREAM);
    const bytes = new Uint8Array(given.length);
    putLatin1(given, bytes, 0);
    const expected = referenceFrames(bytes);
    const chance = new Chance(hashOf(given));
    // Of a message that was refused, how much of it came before is nobody's business.
    const isRefused = expected.end === "refused";
    const told = (events: string[]) =>
      isRefused ? events.filter((it) => !it.startsWith("part ")) : events;
    for (const size of [() => MAX_STREAM, () => 1, () => 1 + chance.below(chance.pick([3, 300]))]) {
      const actual = read(bytes, size);
      expectSame({ ...actual, events: told(actual.events) }, {
        events: told(expected.events),
        isRefused,
      });
    }
  },
};

/** Takes frames as a WebSocket does. */
function read(bytes: Uint8Array, size: () => number) {
  const reader = new FrameReader(true);
  const events: string[] = [];
  const room = new Uint8Array(MAX_STREAM);
  let data: number[] = [];
  let event = "";
  for (let at = 0; at < bytes.length && event !== "broken"; at = reader.end) {
    reader.input = bytes;
    reader.at = at;
    reader.end = Math.min(bytes.length, at + size());
    do {
      event = reader.take(room, 0, Math.min(size(), room.length));
      for (let i = 0; i < reader.taken; i++) data.push(room[i]!);
      if (event === "control") events.push(`control ${reader.opcode} ${reader.control}`);
      if (event === "message") {
        events.push(`${reader.isText ? "text" : "bytes"} ${data}`);
        data = [];
      }
    } while (event !== "starved" && event !== "broken");
  }
  if (data.length > 0) events.push(`part ${data}`);
  return { events, isRefused: event === "broken" };
}

/** One to six frames, most often in form. */
function stream(chance: Chance): string {
  let all = "";
  for (let left = 1 + chance.below(6); left > 0; left--) all += frame(chance);
  return all;
}

function frame(chance: Chance): string {
  const opcode = chance.oneIn(10) ? chance.below(16) : chance.pick([0, 0, 1, 2, 8, 9, 10]);
  const data = chance.pick([
    "",
    "x",
    "à€😀",
    "x".repeat(chance.pick([124, 125, 126, 127, 300])),
    ...chance.oneIn(20) ? ["x".repeat(65_535 + chance.below(2))] : [],
  ]);
  const bytes = clientFrame(opcode, data, {
    isFinal: !chance.oneIn(3),
    isMasked: !chance.oneIn(20),
    reserved: chance.oneIn(20) ? chance.pick([0x10, 0x20, 0x40]) : 0,
  });
  return getLatin1(bytes, 0, bytes.length);
}
