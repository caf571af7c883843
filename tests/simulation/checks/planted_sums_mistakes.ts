// Mistakes with the sums by which a follower is not sent what it has, and with the turns of backlogs,
// to plant in a herd.

import { decode } from "../../../src/base/bytes.ts";
import { Cursors, type Skips } from "../../../src/flood/backlog/cursors.ts";
import type { SipKey } from "../../../src/flood/backlog/sip_hash.ts";
import { ReceivedSums, Sums } from "../../../src/flood/backlog/sums.ts";
import { Wishes } from "../../../src/flood/backlog/wishes.ts";
import type { SumsPart } from "../../../src/flood/messages.ts";
import type { Store } from "../../../src/store/store.ts";
import type { Fault } from "../herd/relations.ts";
import { override } from "./override.ts";

const { passOver, nextFresh } = Cursors.prototype;
const position = Object.getOwnPropertyDescriptor(Cursors.prototype, "position")!.get!;
const { add, bucketOf } = Sums.prototype;
const { nextMended } = Wishes.prototype;
const { take } = ReceivedSums.prototype;

/** A key that is the same on all connections. */
const KEY: SipKey = [1, 2];

const WAIT_MS = 5;

/** The mistakes, by what they are. */
export const sumsMistakes: Readonly<Record<string, Fault>> = {
  "passing over fresh records too by their sums": {
    code: () => {
      const had = new WeakMap<Cursors, (record: number) => boolean>();
      return override(Cursors.prototype, {
        passOver(this: Cursors, isHad: (record: number) => boolean) {
          had.set(this, isHad);
          passOver.call(this, isHad);
        },
        nextFresh(this: Cursors, skips: Skips) {
          for (;;) {
            const record = nextFresh.call(this, skips);
            if (record === 0 || !had.get(this)?.(record)) return record;
          }
        },
      });
    },
  },

  "comparing with the sums of an earlier connection": {
    code: () => {
      const before: Uint32Array[] = [];
      return together(
        withLanes((sum) => sum, (lanes) => lanes),
        override(ReceivedSums.prototype, {
          take(this: ReceivedSums, part: SumsPart) {
            const isTaken = take.call(this, part);
            if (!this.isWhole) return isTaken;
            before.push(this.sums.lanes.slice());
            const earlier = before.at(-2);
            if (earlier?.length === this.sums.lanes.length) this.sums.lanes.set(earlier);
            return isTaken;
          },
        }),
      );
    },
  },

  "comparing buckets by the number of their records": {
    code: () => withLanes((sum) => sum === 0 ? 0 : 1, (lanes) => lanes),
  },

  "cutting hashes short, so that records collide": {
    code: () => withLanes((sum) => sum & 1, (lanes) => lanes & 1),
  },

  "mending what was not given yet": {
    code() {
      let isMending = false;
      return together(
        override(Wishes.prototype, {
          nextMended(this: Wishes, skips: Skips) {
            isMending = true;
            try {
              return nextMended.call(this, skips);
            } finally {
              isMending = false;
            }
          },
        }),
        override(Cursors.prototype, {
          get position() {
            return isMending ? Infinity : position.call(this as Cursors);
          },
        }),
      );
    },
  },

  "letting two backlogs wait for each other": {
    leading: (connection, incarnation) => ({
      ...connection,
      write: (bytes) => connection.write(bytes),
      close: () => connection.close(),
      async read(buffer) {
        const count = await connection.read(buffer);
        if (count === null || !decode(buffer, 0, count).includes("WANT ")) return count;
        const { world } = incarnation.server.herd;
        const isWaiting = () =>
          [...incarnation.parts?.links.neighbours.values() ?? []].some((it) => !it.hasCaughtUp);
        while (incarnation.isAlive && isWaiting()) await world.pass(WAIT_MS);
        return count;
      },
    }),
  },
};

/** Has all sums be made with one key, and of what `ofRecord` and `ofAll` leave of them. */
function withLanes(ofRecord: (sum: number) => number, ofAll: (lane: number) => number): Disposable {
  return override(Sums.prototype, {
    bucketOf(this: Sums, store: Store, record: number) {
      return bucketOf.call(new Sums(KEY, this.buckets), store, record);
    },
    add(this: Sums, store: Store, record: number) {
      const one = new Sums(KEY, this.buckets);
      add.call(one, store, record);
      this.lanes.forEach((it, i) => this.lanes[i] = ofAll(it + ofRecord(one.lanes[i]!)));
    },
  });
}

function together(...parts: readonly Disposable[]): Disposable {
  const stack = new DisposableStack();
  for (const part of parts) stack.use(part);
  return stack;
}
