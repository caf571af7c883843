// Reads the change feed on to its end for whoever asks now and then, and lets clients have their
// turns meanwhile: what is made of the records costs nothing until somebody wants it.

import type { FeedReader } from "../../store/feed.ts";

/** How long one turn may take, in milliseconds. */
const TURN_MS = 4;

/** Records between looks at the clock. */
const RECORDS_A_LOOK = 256;

/**
 * Gives every changed record to `take`, in as many turns as it takes, and at the feed's end, in the
 * same turn, gives what `atEnd` makes of it: so that is true of one instant.
 */
export async function catchUp<T>(
  reader: FeedReader,
  take: (record: number) => void,
  atEnd: () => T,
): Promise<T> {
  let turnEndsMs = performance.now() + TURN_MS;
  for (let taken = 1;; taken++) {
    const record = reader.next();
    if (record === 0) return atEnd();
    take(record);
    if (taken % RECORDS_A_LOOK === 0 && performance.now() > turnEndsMs) {
      await new Promise((resolve) => setTimeout(resolve, 0));
      turnEndsMs = performance.now() + TURN_MS;
    }
  }
}
