// Readers of the feed that differ from the project's in a part of theirs.

import type { FeedReader } from "../../../src/store/feed.ts";

/** A reader that is like another but for some of its parts. */
export function readerLike(reader: FeedReader, parts: Partial<FeedReader>): FeedReader {
  const like = {
    get position() {
      return reader.position;
    },
    get isAtEnd() {
      return reader.isAtEnd;
    },
    next: () => reader.next(),
    peek: () => reader.peek(),
    [Symbol.dispose]: () => reader[Symbol.dispose](),
  };
  return Object.defineProperties(like, Object.getOwnPropertyDescriptors(parts));
}
