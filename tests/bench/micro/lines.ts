// Lines for the micro-benchmarks: what clients of a busy server would send, many of them at once.

import { encode } from "../../../src/base/bytes.ts";

/** Lines in the bytes that the functions below give. */
export const LINES = 1_000;

const EPOCH = 1_520_023_934;

/** `IAMAT` lines of `LINES` clients, the same in every round but for the time. */
export function iamatLines(round: number): Uint8Array<ArrayBuffer> {
  const lines = Array.from({ length: LINES }, (_, index) => {
    const client = `c${String(index * 7919 % LINES).padStart(12, "0")}`;
    const digits = String((index * 104_729 + round) % 1_000_000).padStart(6, "0");
    const nanos = String(index).padStart(9, "0");
    return `IAMAT ${client} +34.${digits}-118.${digits} ${EPOCH + round}.${nanos}\n`;
  });
  return encode(lines.join(""));
}

/** The same as the bodies of AT lines, without newlines. */
export function bodies(round: number): Uint8Array<ArrayBuffer>[] {
  return new TextDecoder().decode(iamatLines(round)).trimEnd().split("\n")
    .map((line) => encode(line.replace("IAMAT", "Goloman +0.263873386")));
}

/** Where each line begins, and the end of the last. */
export function lineStarts(bytes: Uint8Array): number[] {
  const starts = [0];
  for (let at = 0; at < bytes.length; at++) if (bytes[at] === 0x0a) starts.push(at + 1);
  return starts;
}
