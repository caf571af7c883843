// Frames of WebSockets as a client writes them, whole and broken, for tests and attackers.

import { encode } from "../../src/base/bytes.ts";

/** What is other than it should be. */
export interface FrameOptions {
  /** True if the message ends with this frame; true when left out. */
  readonly isFinal?: boolean;
  readonly isMasked?: boolean;
  /** Bits of the first byte that should be 0. */
  readonly reserved?: number;
  /** The bytes that the length takes besides the 7 bits: 0, 2 or 8; as few as will do when left out. */
  readonly lengthBytes?: 0 | 2 | 8;
}

const MASK = [0x12, 0x34, 0x56, 0x78] as const;

/** A frame of a client. */
export function clientFrame(
  opcode: number,
  data: string | Uint8Array,
  { isFinal = true, isMasked = true, reserved = 0, lengthBytes }: FrameOptions = {},
): Uint8Array<ArrayBuffer> {
  const payload = typeof data === "string" ? encode(data) : data;
  const { length } = payload;
  const bytes = lengthBytes ?? (length < 126 ? 0 : length < 65_536 ? 2 : 8);
  const head = new Uint8Array(2 + bytes + (isMasked ? 4 : 0));
  const view = new DataView(head.buffer);
  head[0] = (isFinal ? 0x80 : 0) | reserved | opcode;
  head[1] = (isMasked ? 0x80 : 0) | (bytes === 0 ? length : bytes === 2 ? 126 : 127);
  if (bytes === 2) view.setUint16(2, length);
  if (bytes === 8) view.setBigUint64(2, BigInt(length));
  if (isMasked) head.set(MASK, 2 + bytes);
  const frame = new Uint8Array(head.length + length);
  frame.set(head);
  for (let i = 0; i < length; i++) {
    frame[head.length + i] = payload[i]! ^ (isMasked ? MASK[i % 4]! : 0);
  }
  return frame;
}
