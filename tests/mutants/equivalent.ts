// Mistakes that are none: what they change makes no difference that anybody could notice.

/** Mutations of a line that change nothing. */
export interface Equivalent {
  readonly file: string;
  /** The whole line, without the space around it. */
  readonly line: string;
  /** Of which kind; every one when left out. */
  readonly kind?: string;
  readonly why: string;
}

/** Found by looking at what `deno task mutants` lists. */
export const EQUIVALENT: readonly Equivalent[] = [
  {
    file: "src/base/bytes.ts",
    line: "return byte <= SPACE && (byte === SPACE || (byte >= 0x09 && byte <= 0x0d));",
    kind: "drops a condition",
    why: "the first comparison saves the others, which say all",
  },
  {
    file: "src/base/bytes.ts",
    line: "const length = Math.min(aEnd - aStart, bEnd - bStart);",
    kind: "swaps arguments",
    why: "the least of two numbers has no order",
  },
  {
    file: "src/base/bytes.ts",
    line: "if (end - start > MAX_LOOP_BYTES) {",
    why: "both ways of copying give the same bytes",
  },
  {
    file: "src/protocol/lines.ts",
    line: "if (this.bytes.length >= MAX_BUFFER_BYTES) return;",
    kind: "turns >= into >",
    why: "a buffer that is larger than it need be holds the same lines",
  },
  {
    file: "src/protocol/update.ts",
    line: "return compareInstants(this.effective, this.time) !== 0;",
    kind: "swaps arguments",
    why: "two instants differ in either order",
  },
  {
    file: "src/server/clients/answer.ts",
    line: "export const MAX_REPLY_BYTES = MAX_LINE_BYTES + MAX_BODY_GROWTH_BYTES + 8;",
    kind: "moves a bound by one",
    why: "it is room to spare: a reply adds four bytes to a body",
  },
];
