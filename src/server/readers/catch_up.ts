// Reads the change feed on to its end for whoever asks now and then, at the pace of the server: what is
// made of the records costs nothing until somebody wants it.

import type { FeedReader } from "../../store/feed.ts";
import type { Pace } from "../turns/pace.ts";

/** Records between two looks at the pace: some 0.1 ms of work. */
const RECORDS_A_PIECE = 64;

/** The work on the records. */
export interface CatchUp<T> {
  readonly pace: Pace;
  /** Takes one changed record. */
  take(record: number): void;
  /** Called at the feed's end, in the same turn: so its result is true of one instant. */
  atEnd(): T;
}

/** Gives every changed record to `take`, and returns the result of `atEnd`. */
export async function catchUp<T>(
  reader: FeedReader,
  { pace, take, atEnd }: CatchUp<T>,
): Promise<T> {
  for (let taken = 0;; taken++) {
    if (taken % RECORDS_A_PIECE === RECORDS_A_PIECE - 1) {
      const pause = pace.pause();
      if (pause !== undefined) await pause;
    }
    const record = reader.next();
    if (record === 0) return atEnd();
    take(record);
  }
}
