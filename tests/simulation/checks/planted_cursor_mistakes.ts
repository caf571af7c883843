// Mistakes with the two cursors of a follower, to plant in a herd.

import { decode } from "../../../src/base/bytes.ts";
import { Cursors, type Skips } from "../../../src/flood/backlog/cursors.ts";
import type { Feed, FeedReader } from "../../../src/store/feed.ts";
import type { Fault } from "../herd/relations.ts";
import { readerLike } from "./reader_like.ts";
import { override } from "./override.ts";

const { prototype } = Cursors;
const { nextFresh, nextLate } = prototype;

/** The mistakes, by what they are. */
export const cursorMistakes: Readonly<Record<string, Fault>> = {
  "naming the live cursor while there is a backlog": {
    code: () =>
      override(prototype, {
        get position() {
          return (this as Cursors).livePosition;
        },
      }),
  },

  "moving the backlog's cursor with a fresh record": {
    code: () =>
      override(prototype, {
        nextFresh(this: Cursors, skips: Skips) {
          const record = nextFresh.call(this, skips);
          if (record !== 0) nextLate.call(this, { left: 1 });
          return record;
        },
      }),
  },

  "ending a backlog one record early": {
    store: ({ feed }) =>
      replaceBacklogs(feed, (reader) => {
        const last = feed.end;
        const peek = () => {
          const record = reader.peek();
          return record !== 0 && feed.positionOf(record) < last ? record : 0;
        };
        return readerLike(reader, { peek });
      }),
  },

  "taking the end of a backlog before an await of the handshake, and the live cursor after it": {
    leading: (connection, incarnation) => ({
      read: (buffer) => connection.read(buffer),
      close: () => connection.close(),
      write(bytes) {
        const feed = incarnation.parts?.store.feed;
        if (feed !== undefined && decode(bytes.subarray(0, 5)) === "LEAD/") {
          ends.set(feed, feed.end);
        }
        return connection.write(bytes);
      },
    }),
    store: ({ feed }) => replaceBacklogs(feed, (reader) => withGap(feed, reader)),
  },
};

/** Gives followers another cursor for the backlog that they have when they come. */
function replaceBacklogs(feed: Feed, replace: (reader: FeedReader) => FeedReader): void {
  const readFrom = feed.readFrom.bind(feed);
  // It is taken in the same turn as the live cursor, and right after it.
  let isLiveNew = false;
  feed.readFrom = (start) => {
    const reader = readFrom(start);
    const isBacklog = isLiveNew && start < feed.end;
    isLiveNew = start === feed.end;
    queueMicrotask(() => isLiveNew = false);
    return isBacklog ? replace(reader) : reader;
  };
}

/** Where feeds ended when their latest LEAD was sent. */
const ends = new WeakMap<Feed, number>();

/** A reader that gives nothing that came between the latest LEAD and now. */
function withGap(feed: Feed, reader: FeedReader): FeedReader {
  const [first, last] = [(ends.get(feed) ?? feed.end) + 1, feed.end];
  const peek = () => {
    for (;;) {
      const record = reader.peek();
      const position = record === 0 ? 0 : feed.positionOf(record);
      if (position < first || position > last) return record;
      reader.next();
    }
  };
  return readerLike(reader, {
    peek,
    next() {
      peek();
      return reader.next();
    },
  });
}
