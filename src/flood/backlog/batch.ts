// A batch: the lines that are sent in one go before a POS, and the records that they are made of.

import type { Skips } from "./cursors.ts";

/** AT lines to send: fresh ones first, last those that mend something. */
export interface Batch {
  readonly length: number;
  readonly freshLines: number;
  readonly mendedLines: number;
}

/** Which records are put into a batch. */
export interface Taking {
  /** Bytes of the batch; the last line ends before. */
  readonly limit: number;
  readonly skips: Skips;
  /** Records that are known to those of this bit are left out. */
  readonly bit: number;
  /** The next record, or 0. */
  next(): number;
}
