// Mistakes with what followers acknowledged, as it is saved with the records, to plant in a herd.

import { decode } from "../../../src/base/bytes.ts";
import { parseFollow } from "../../../src/flood/messages.ts";
import type { Disk } from "../../../src/store/disk.ts";
import { Feed, type FeedPosition, type Follower } from "../../../src/store/feed.ts";
import type { Fault, IncarnationOfServer } from "../herd/relations.ts";
import { override } from "./override.ts";
import { committing, withFirstLine } from "./wrappers.ts";

const { prototype } = Feed;
const { resume } = prototype;

/** The mistakes, by what they are. */
export const acknowledgementMistakes: Readonly<Record<string, Fault>> = {
  "saving the positions that were sent as acknowledged": {
    leading(connection, incarnation) {
      let follower = "";
      const watched = withFirstLine(connection, (line) => {
        follower = parseFollow(line)?.follower ?? "";
      });
      return {
        ...watched,
        write(bytes) {
          const [word, position] = decode(bytes).trimEnd().split("\n").at(-1)!.split(" ");
          if (word === "POS") sentBy(incarnation).set(follower, Number(position));
          return watched.write(bytes);
        },
      };
    },
    disk: (disk, incarnation) =>
      committing(disk, (transaction) => {
        const { feed } = transaction;
        if (feed === undefined) return disk.commit(transaction);
        const sent = sentBy(incarnation);
        const acknowledged = new Map(
          [...feed.acknowledged].map(([name, it]) => [
            name,
            { ...it, position: sent.get(name) ?? it.position },
          ]),
        );
        return disk.commit({ ...transaction, feed: { ...feed, acknowledged } });
      }),
  },

  "saving acknowledgements that are newer than the records": {
    disk: (disk, incarnation) =>
      committing(disk, async (transaction) => {
        await disk.commit(transaction);
        await saveAcknowledged(disk, incarnation);
      }),
  },

  "going on from what another incarnation of the follower acknowledged": {
    code: () =>
      override(prototype, {
        resume(this: Feed, held: FeedPosition | undefined, follower?: Follower) {
          const former = this.formerFeeds.find((it) => it.feedId === held?.feedId);
          const saved = follower && former?.acknowledged?.get(follower.name);
          return resume.call(this, held, saved ? { ...follower, ...saved } : follower);
        },
      }),
  },
};

async function saveAcknowledged(disk: Disk, { feedId, parts }: IncarnationOfServer): Promise<void> {
  const acknowledged = parts?.links.acknowledged();
  if (acknowledged === undefined) return;
  await disk.commit({ removed: [], added: [], feed: { feedId, acknowledged } });
}

/** The positions that the latest POS to each follower named. */
const sent = new WeakMap<IncarnationOfServer, Map<string, number>>();

function sentBy(incarnation: IncarnationOfServer): Map<string, number> {
  let positions = sent.get(incarnation);
  if (positions === undefined) sent.set(incarnation, positions = new Map());
  return positions;
}
