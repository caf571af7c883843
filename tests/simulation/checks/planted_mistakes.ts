// Mistakes to plant in a herd, to see whether the trials find them. Each replaces something that an
// incarnation of a server is given; the project's own code knows nothing of them.

import { wallSeconds } from "../../../src/base/clock.ts";
import { writeAll } from "../../../src/base/connection.ts";
import { parseFollow, parseLead } from "../../../src/flood/messages.ts";
import { decode, encode } from "../../../src/base/bytes.ts";
import { compareInstants, Instant } from "../../../src/base/instant.ts";
import type { Store } from "../../../src/store/store.ts";
import type { SimulatedDisk } from "../world/disk.ts";
import { acknowledgementMistakes } from "./planted_acknowledgement_mistakes.ts";
import { committing, withFirstLine } from "./wrappers.ts";
import { cursorMistakes } from "./planted_cursor_mistakes.ts";
import { sumsMistakes } from "./planted_sums_mistakes.ts";
import { readerLike } from "./reader_like.ts";
import type { Fault, IncarnationOfServer } from "../herd/relations.ts";

/** The mistakes, by what they are. */
export const faults: Readonly<Record<string, Fault>> = {
  "withholding a record from the neighbour it came from, though that one restarted since": {
    incarnationId: ({ server }) => tokenOf(server.name),
  },

  "comparing with the incarnation that follows, not with the one that told": {
    leading: (connection, incarnation) =>
      withFirstLine(connection, (line) => {
        const follow = parseFollow(line);
        const neighbour = incarnation.parts?.links.neighbours.get(follow?.follower ?? "");
        if (neighbour !== undefined) neighbour.incarnation = follow!.incarnation;
      }),
  },

  "sending POS before the records that it covers": {
    isWithoutMacs: true,
    leading: (connection) => ({
      read: (buffer) => connection.read(buffer),
      close: () => connection.close(),
      async write(bytes) {
        const lines = decode(bytes).split("\n").slice(0, -1);
        await writeAll(connection, encode(`${[lines.pop(), ...lines].join("\n")}\n`));
        return bytes.length;
      },
    }),
  },

  "dropping what is too old by the wall clock alone": {
    expiry: (clock) => ({ look: () => ({ seconds: wallSeconds(clock), wasAhead: false }) }),
  },

  "naming the feed's end instead of the cursor": {
    store({ feed }) {
      const readFrom = feed.readFrom.bind(feed);
      feed.readFrom = (start) =>
        readerLike(readFrom(start), {
          get position() {
            return feed.end;
          },
        });
    },
  },

  "saving positions before the records": {
    disk: (disk) =>
      committing(disk, async (transaction) => {
        const { held } = transaction;
        if (held !== undefined) await disk.commit({ removed: [], added: [], held });
        await disk.commit(transaction);
      }),
  },

  "saving all positions with a commit that was cut short": {
    disk: (disk, incarnation) =>
      committing(disk, (transaction) => {
        const held = transaction.held ?? incarnation.parts?.links.held();
        return disk.commit(held === undefined ? transaction : { ...transaction, held });
      }),
  },

  "confirming a transaction that is not on the disk yet": {
    disk(disk) {
      let before = Promise.resolve();
      return committing(disk, (transaction) => {
        before = before.then(() => disk.commit(transaction)).catch(() => {});
        return Promise.resolve();
      });
    },
  },

  "keeping the feed's id over a crash": {
    feedId({ server: { disk, herd: { world } } }) {
      if (disk === undefined) return world.token();
      if (disk.content.segments.length === 0 || !keptIds.has(disk)) {
        keptIds.set(disk, world.token());
      }
      return keptIds.get(disk)!;
    },
  },

  "keeping the feed that crashed in the list of former feeds": {
    disk(disk, { server, feedId }) {
      const crashed = keptIds.get(server.disk!);
      keptIds.set(server.disk!, feedId);
      const { mark, segments } = disk.saved;
      const last = segments.at(-1)?.last;
      if (mark !== undefined || crashed === undefined || last === undefined) return disk;
      return { ...disk, saved: { ...disk.saved, mark: { feedId: crashed, position: last } } };
    },
  },

  "marking a stop as clean without its last commit": {
    disk: (disk) =>
      committing(disk, (transaction) => {
        const { mark } = transaction;
        return disk.commit(mark ? { removed: [], added: [], mark } : transaction);
      }),
  },

  "keeping a position held though the leader's feed is another": {
    following: (connection, incarnation, leader) =>
      withFirstLine(connection, (line) => {
        const lead = parseLead(line);
        const neighbour = incarnation.parts!.links.neighbours.get(leader)!;
        if (lead === undefined || neighbour.held === undefined) return;
        neighbour.held = { feedId: lead.feedId, position: neighbour.held.position };
      }),
  },

  "no tie-break on equal times": {
    store(store) {
      const apply = store.apply.bind(store);
      store.apply = (update, from) => apply(update, { ...from, isServer: false });
    },
  },

  "resuming from the newest timestamp": {
    store(store, incarnation) {
      const { feed } = store;
      const readFrom = feed.readFrom.bind(feed);
      const leads = new Map<string, number>();
      feed.readFrom = (start) => {
        const { end } = feed;
        const follower = newFollower(incarnation, leads);
        if (follower === undefined) return readFrom(start);
        const newest = newestOf(
          incarnation.server.herd.servers.get(follower)?.incarnation?.parts?.store,
        );
        const reader = readFrom(0);
        const next = () => {
          let record = reader.next();
          while (
            record !== 0 && feed.positionOf(record) <= end &&
            compareInstants(store.read(record).effective, newest) <= 0
          ) record = reader.next();
          return record;
        };
        return readerLike(reader, { next });
      };
    },
  },

  ...cursorMistakes,
  ...acknowledgementMistakes,
  ...sumsMistakes,
};

/** The name of the feed that was last on a disk. */
const keptIds = new WeakMap<SimulatedDisk, string>();

/** 32 hexadecimal digits that are always the same for a name. */
function tokenOf(name: string): string {
  return [...encode(name)].map((it) => it.toString(16)).join("").padStart(32, "0");
}

/** The neighbour whose AUTH has just verified, if it is one who asks for a reader now. */
function newFollower(
  incarnation: IncarnationOfServer,
  leads: Map<string, number>,
): string | undefined {
  for (const neighbour of incarnation.parts?.links.neighbours.values() ?? []) {
    if (neighbour.leads === (leads.get(neighbour.name) ?? 0)) continue;
    leads.set(neighbour.name, neighbour.leads);
    return neighbour.name;
  }
  return undefined;
}

/** The newest effective time in a store. */
function newestOf(store: Store | undefined): Instant {
  const newest = new Instant();
  if (store === undefined) return newest;
  using reader = store.feed.readFrom(0);
  for (let record = reader.next(); record !== 0; record = reader.next()) {
    const { effective } = store.read(record);
    if (compareInstants(effective, newest) > 0) newest.set(effective.seconds, effective.nanos);
  }
  return newest;
}
