// What servers tell of themselves and of the herd, as JSON; see schemas.ts. Counts are since the
// server's start.

import * as v from "valibot";
import {
  count,
  flag,
  latitude,
  list,
  longitude,
  number,
  object,
  orNull,
  positive,
  text,
} from "./schema_parts.ts";

/** Counts by bucket. */
export const Histogram = object({
  bounds: list(v.number(), "The greatest value of each bucket, ascending"),
  counts: list(
    v.pipe(v.number(), v.integer()),
    "Values in each bucket, not cumulated; the last bucket has no bound",
  ),
  sum: number("The sum of all values"),
});
/** See {@link Histogram}. */
export type Histogram = v.InferOutput<typeof Histogram>;

/** A server's side of a link: it follows the neighbour, and leads it where it is followed. */
export const LinkStatus = object({
  neighbour: text("The server at the other end"),
  isFollowing: flag("True while this server reads the neighbour's feed"),
  isFollowed: flag("True while the neighbour reads this server's feed"),
  lagPositions: orNull(
    count("Positions of the feed whose news the neighbour has not acknowledged; no backlog counts"),
    "The neighbour's lag with fresh news; null while it does not follow",
  ),
  lagSeconds: orNull(
    positive("The longest time that one of these changes may have waited"),
    "The same in seconds; null while it does not follow",
  ),
  backlogToRead: count("Positions of the neighbour's feed that are left of the backlog read here"),
  backlogToSend: count("Positions of the feed that are left of the backlog the neighbour reads"),
  clockOffsetSeconds: number("The neighbour's clock minus this server's"),
  reconnects: count("Times that the neighbour was followed again"),
  received: object({
    bytes: count("From the neighbour"),
    lines: count("AT lines from the neighbour"),
    duplicates: count("Those of them that were known already"),
    mended: count(
      "Those that were missing without a reason, and found when it was looked for them",
    ),
  }),
  sent: object({
    bytes: count("To the neighbour"),
    lines: count("AT lines to the neighbour"),
    withheld: count("Records not sent, because the neighbour has them"),
  }),
});
/** See {@link LinkStatus}. */
export type LinkStatus = v.InferOutput<typeof LinkStatus>;

/** The state of a server's disk. */
export const DurabilityStatus = object({
  mode: v.pipe(v.picklist(["relaxed", "commit"]), v.description("What an answer promises")),
  isTroubled: flag("True while the disk takes nothing"),
  pending: count("Positions of the feed that are not saved yet"),
  pendingSeconds: positive("The longest time that one of them may have waited"),
  commits: count("Transactions"),
});
/** See {@link DurabilityStatus}. */
export type DurabilityStatus = v.InferOutput<typeof DurabilityStatus>;

/** A server's part in the backbone. */
export const BackboneStatus = object({
  isLevel: flag("True if it has what the stream had when it connected, and publishes"),
  position: count("The sequence up to which it has everything that the stream has"),
  unpublished: count("Positions of its feed from the first one on that the stream may lack"),
  reconnects: count("Times it connected again"),
  received: object({
    messages: count("Messages from the stream"),
    duplicates: count("Those of them that were known already, such as its own"),
  }),
  sent: object({
    messages: count("Messages that the stream took"),
    repaired: count("Records published again, since something older was put over them"),
  }),
  clockOffsetSeconds: number("The stream's clock minus its own"),
});
/** See {@link BackboneStatus}. */
export type BackboneStatus = v.InferOutput<typeof BackboneStatus>;

/** A server's own account. */
export const ServerStatus = object({
  name: text("The server's name"),
  version: text("The program's version"),
  startedAt: v.pipe(v.string(), v.isoTimestamp(), v.description("RFC 3339")),
  isReady: flag("True if it is ready for clients"),
  troubles: list(text("For people"), "Faults; empty when there are none"),
  clients: count("Clients whose location is known"),
  records: count("Those, and removals that are still kept"),
  feed: object({
    id: text("The feed's random name"),
    position: count("The position of its newest change"),
  }),
  connections: count("Open connections, of clients and of neighbours"),
  requests: object({
    iamat: count("IAMAT that were taken"),
    older: count("Those of them that were older than what was known"),
    tied: count("Those of them that were as old as what was known, to the nanosecond"),
    removed: count("Those of them that did not come after a removal of their client"),
    expired: count("Those of them that were older than what is retained"),
    whatsat: count("WHATSAT that were answered"),
    invalid: count("Lines that were not understood"),
    unknown: count("Those of them that were WHATSAT of unknown clients"),
  }),
  latency: Histogram,
  durability: orNull(DurabilityStatus, "The disk; null if nothing is saved"),
  links: list(LinkStatus, "One for each neighbour"),
  backbone: orNull(BackboneStatus, "Its part in the backbone; null if it is on none"),
  memoryBytes: count("Resident memory of the process"),
});
/** See {@link ServerStatus}. */
export type ServerStatus = v.InferOutput<typeof ServerStatus>;

/** One step of a server's latest ten minutes. */
export const Sample = object({
  time: positive("Its end, in POSIX seconds"),
  changes: positive("Changes of clients a second, in the whole herd: each reaches every server"),
  queries: positive("WHATSAT a second that this server answered"),
  clients: count("Clients whose location was known"),
  median: orNull(positive("Seconds"), "Half of the latest replies left within this time"),
  p99: orNull(positive("Seconds"), "99 % of the latest replies left within this time"),
});

/** See {@link Sample}. */
export type Sample = v.InferOutput<typeof Sample>;

/** A server's latest ten minutes. */
export const History = object({
  name: text("The server's name"),
  stepSeconds: positive("The time between two samples"),
  samples: list(Sample, "The oldest first; those of the last ten minutes"),
});
/** See {@link History}. */
export type History = v.InferOutput<typeof History>;

/** The records of one instant. Servers with equal records have equal digests. */
export const Digest = object({
  digest: v.pipe(
    v.string(),
    v.regex(/^[\da-f]{16}$/),
    v.description("Equal where the records are equal"),
  ),
  position: count("The feed's position at that instant"),
  records: count("Records that it covers"),
});
/** See {@link Digest}. */
export type Digest = v.InferOutput<typeof Digest>;

/** One server as another one sees it. */
export const HerdServer = object({
  name: text("The server's name"),
  host: text("Its host, for clients and neighbours"),
  port: count("The port of the line protocol"),
  http: orNull(count("A port"), "Its HTTP port, if it has one"),
  location: orNull(
    object({ lat: latitude, lon: longitude }),
    "Its location; null if the topology gives none",
  ),
  state: v.pipe(
    v.picklist(["up", "down", "unknown"]),
    v.description("The state as far as the asked server knows"),
  ),
  ageSeconds: orNull(positive("Seconds"), "The age of `status`"),
  status: orNull(ServerStatus, "Its latest account; null if it was never heard"),
});
/** See {@link HerdServer}. */
export type HerdServer = v.InferOutput<typeof HerdServer>;

/** One direction of a link: `to` reads the feed of `from`. */
export const HerdLink = object({
  from: text("The server whose feed is read"),
  to: text("The server that reads"),
  isUp: orNull(v.boolean(), "True while it reads; null if neither was heard of"),
  lagPositions: orNull(count("Positions"), "The lag of `to` with fresh news"),
  lagSeconds: orNull(positive("Seconds"), "The lag of `to` with fresh news"),
  backlogPositions: orNull(count("Positions"), "What is left of a backlog that `to` reads"),
  lines: count(
    "AT lines sent since the start of `from`, or received since that of `to` if only that was heard of",
  ),
  bytes: count("The same in bytes"),
});
/** See {@link HerdLink}. */
export type HerdLink = v.InferOutput<typeof HerdLink>;

/** The herd at one instant, as far as one server knows. */
export const HerdSnapshot = object({
  herd: text("The herd's name"),
  self: text("The server that gives this account"),
  servers: list(HerdServer, "In the order of the topology"),
  links: list(HerdLink, "Both directions of each link"),
});
/** See {@link HerdSnapshot}. */
export type HerdSnapshot = v.InferOutput<typeof HerdSnapshot>;
