// The frames of a WebSocket (RFC 6455, section 5). Nothing is kept of a frame but what its reader asked
// for: a message may have any number of frames of any length.

import { Utf8Check } from "./utf8.ts";

/** The kinds of frames. */
export const CONTINUATION = 0;
export const TEXT = 1;
export const BINARY = 2;
export const CLOSE = 8;
export const PING = 9;
export const PONG = 10;

/** Reasons for which a WebSocket ends (RFC 6455, section 7.4.1). */
export const NORMAL = 1000;
export const GOING_AWAY = 1001;
export const PROTOCOL_ERROR = 1002;
export const INVALID_TEXT = 1007;
export const POLICY_VIOLATION = 1008;
export const TOO_BIG = 1009;

/** The longest payload of a frame that is none of data. */
export const MAX_CONTROL_BYTES = 125;

/** Two bytes, up to eight of a length, and four of the mask. */
const MAX_HEAD_BYTES = 14;

/** The outcome of taking bytes. */
export type FrameEvent =
  /** All input is taken. */
  | "starved"
  /** The room for data is full. */
  | "full"
  /** A message of data has ended. */
  | "message"
  /** A ping, pong or close has come: see `opcode` and `control`. */
  | "control"
  /** The client broke the protocol: see `problem`. */
  | "broken";

/** Reads the frames of one peer: those of a client are masked, and those of a server are not. */
export class FrameReader {
  /** The bounds of the next input. */
  input: Uint8Array = new Uint8Array(0);
  at = 0;
  end = 0;
  /** Bytes of data that were put into the room. */
  taken = 0;
  /** True if the present or last message is text. */
  isText = false;
  /** Frames of the present message so far. */
  frames = 0;
  /** The kind of the present frame. */
  opcode = 0;
  /** The way in which the client broke the protocol: a code, and words. */
  problem: readonly [code: number, reason: string] = [PROTOCOL_ERROR, ""];

  readonly #isMasked: boolean;
  readonly #head = new Uint8Array(MAX_HEAD_BYTES);
  #headBytes = 0;
  #headNeeds = 2;
  readonly #control = new Uint8Array(MAX_CONTROL_BYTES);
  #controlBytes = 0;
  readonly #utf8 = new Utf8Check();
  /** True if the head of the present frame has come. */
  #isInFrame = false;
  #isFinal = false;
  /** True if a message has begun and not ended. */
  #isInMessage = false;
  /** Bytes of the frame's payload that have not come yet, and how many have. */
  #left = 0;
  #done = 0;

  /** Reads frames that are masked, or that are not. */
  constructor(isMasked: boolean) {
    this.#isMasked = isMasked;
  }

  /** The payload of a ping, pong or close. */
  get control(): Uint8Array {
    return this.#control.subarray(0, this.#controlBytes);
  }

  /** Takes input, and puts data into `room[start, end)`, until something happens. */
  take(room: Uint8Array, start: number, end: number): FrameEvent {
    this.taken = 0;
    for (;;) {
      if (!this.#isInFrame) {
        if (!this.#takeHead()) return "starved";
        if (!this.#begin()) return "broken";
      }
      if (this.opcode >= CLOSE) {
        if (!this.#takeControl()) return "starved";
        this.#isInFrame = false;
        return "control";
      }
      const count = Math.min(this.#left, this.end - this.at, end - start);
      if (count > 0) {
        this.#unmask(count, room, start);
        if (this.isText && !this.#utf8.take(room, start, start + count)) return this.#noText();
        start += count;
        this.taken += count;
      }
      if (this.#left > 0) return start === end ? "full" : "starved";
      this.#isInFrame = false;
      if (!this.#isFinal) continue;
      this.#isInMessage = false;
      this.frames = 0;
      if (this.isText && !this.#utf8.end()) return this.#noText();
      return "message";
    }
  }

  /** Gathers the head of a frame; false when it has not come whole. */
  #takeHead(): boolean {
    const { input } = this;
    while (this.at < this.end) {
      this.#head[this.#headBytes++] = input[this.at++]!;
      if (this.#headBytes === 2) {
        // One that is masked and should not be, or the other way round, is refused: no more is needed.
        if (this.#isMasked !== this.#head[1]! >= 0x80) return true;
        this.#headNeeds = this.#maskStart() + (this.#isMasked ? 4 : 0);
      }
      if (this.#headBytes === this.#headNeeds) return true;
    }
    return false;
  }

  /** Judges the head of a frame. */
  #begin(): boolean {
    const first = this.#head[0]!;
    const length = this.#length();
    this.#headBytes = 0;
    this.#headNeeds = 2;
    this.opcode = first & 0x0f;
    this.#isFinal = (first & 0x80) !== 0;
    this.#left = length;
    this.#done = 0;
    if ((first & 0x70) !== 0) return this.#break("a reserved bit is set");
    if (this.#isMasked !== this.#head[1]! >= 0x80) {
      return this.#break(this.#isMasked ? "a frame is not masked" : "a frame is masked");
    }
    if (length < 0) return this.#break("a length is not in its shortest form");
    this.#isInFrame = true;
    if (this.opcode >= CLOSE) return this.#beginControl(length);
    if (this.opcode > BINARY) return this.#break("a frame is of no known kind");
    if ((this.opcode === CONTINUATION) !== this.#isInMessage) {
      return this.#break("a message begins within another one, or goes on without one");
    }
    if (this.opcode !== CONTINUATION) this.isText = this.opcode === TEXT;
    this.#isInMessage = true;
    this.frames++;
    return true;
  }

  #beginControl(length: number): boolean {
    if (this.opcode > PONG) return this.#break("a frame is of no known kind");
    if (!this.#isFinal || length > MAX_CONTROL_BYTES) {
      return this.#break("a control frame is fragmented or too long");
    }
    this.#controlBytes = 0;
    return true;
  }

  /** The length of the payload; -1 if it is not written in the shortest way, or beyond 2^48. */
  #length(): number {
    const head = this.#head;
    const short = head[1]! & 0x7f;
    if (short < 126) return short;
    let length = 0;
    for (let i = 2; i < this.#maskStart(); i++) length = length * 256 + head[i]!;
    const least = short === 126 ? 126 : 65_536;
    return length >= least && length < 2 ** 48 ? length : -1;
  }

  /** Gathers the payload of a control frame; false when it has not come whole. */
  #takeControl(): boolean {
    const count = Math.min(this.#left, this.end - this.at);
    this.#unmask(count, this.#control, this.#controlBytes);
    this.#controlBytes += count;
    return this.#left === 0;
  }

  #unmask(count: number, to: Uint8Array, start: number): void {
    const { input, at } = this;
    if (this.#isMasked) {
      const head = this.#head;
      const mask = this.#maskStart();
      const done = this.#done;
      for (let i = 0; i < count; i++) {
        to[start + i] = input[at + i]! ^ head[mask + ((done + i) & 3)]!;
      }
    } else if (count > 0) to.set(input.subarray(at, at + count), start);
    this.at += count;
    this.#left -= count;
    this.#done += count;
  }

  /** The offset behind the length in the head: there the mask stands. */
  #maskStart(): number {
    const short = this.#head[1]! & 0x7f;
    return short < 126 ? 2 : short === 126 ? 4 : 10;
  }

  #noText(): FrameEvent {
    this.problem = [INVALID_TEXT, "a text is not UTF-8"];
    return "broken";
  }

  #break(reason: string): false {
    this.problem = [PROTOCOL_ERROR, reason];
    return false;
  }
}

/** A frame with this payload, a whole message; a client's is masked by four random bytes. */
export function formatFrame(
  opcode: number,
  payload: Uint8Array,
  mask?: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const { length } = payload;
  const head = length < 126 ? 2 : length < 65_536 ? 4 : 10;
  const start = head + (mask === undefined ? 0 : 4);
  const frame = new Uint8Array(start + length);
  frame[0] = 0x80 | opcode;
  frame[1] = (mask === undefined ? 0 : 0x80) | (head === 2 ? length : head === 4 ? 126 : 127);
  for (let i = head - 1, rest = length; head > 2 && i >= 2; i--, rest = Math.floor(rest / 256)) {
    frame[i] = rest % 256;
  }
  frame.set(payload, start);
  if (mask !== undefined) {
    frame.set(mask, head);
    for (let i = 0; i < length; i++) frame[start + i]! ^= mask[i & 3]!;
  }
  return frame;
}

/** The payload of a close: a code, and a reason of up to 123 bytes. */
export function formatClose(code: number, reason: Uint8Array): Uint8Array {
  const payload = new Uint8Array(2 + Math.min(reason.length, MAX_CONTROL_BYTES - 2));
  payload[0] = code >> 8;
  payload[1] = code & 0xff;
  payload.set(reason.subarray(0, payload.length - 2), 2);
  return payload;
}
