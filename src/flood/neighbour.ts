// What a server knows of one neighbour across connections: how far it has read the neighbour's
// feed, in which incarnation the neighbour told it things, and figures for people.

import type { Clock } from "../base/clock.ts";
import { LINK_VERSION, type LinkVersion, type Retention } from "./messages.ts";
import type { FeedPosition } from "../store/feed.ts";
import { neighbourBit } from "../store/known_to.ts";
import { serverOf, type Source } from "../store/source.ts";
import type { LookResult } from "./backlog/look.ts";
import { TwinWatch } from "./twins.ts";

/** An end of a connection that can be told to stop. */
export interface Stream {
  /** The version of the protocol that is spoken on it. */
  readonly version: LinkVersion;
  /** The incarnation of the other side, where it is the follower. */
  readonly incarnation?: string;
  /** Looks whether something is missing here, where this server follows; see backlog/look.ts. */
  look?(): Promise<LookResult | undefined> | undefined;
  /** Ends it; `reason` is for the log. */
  end(reason: string): void;
}

/** A neighbour as others see it. Counts are since the start. */
export interface NeighbourStatus {
  readonly name: string;
  /** True while its feed is read. */
  readonly isFollowing: boolean;
  /** True while it reads our feed. */
  readonly isFollowed: boolean;
  /** The position that we hold of its feed: everything up to it was applied. */
  readonly held: FeedPosition | undefined;
  /** Neighbour's clock minus ours in seconds, as far as delays let us see. */
  readonly clockOffsetSeconds: number;
  /**
   * The neighbour's clock minus our steady clock in seconds: good until either is set, whatever
   * becomes of our own wall clock. Undefined until the neighbour was heard.
   */
  readonly clockAgainstSteady: number | undefined;
  readonly linesReceived: number;
  readonly bytesReceived: number;
  readonly duplicatesReceived: number;
  /** Records that it should have given us before, and that only a look found. */
  readonly recordsMended: number;
  readonly linesSent: number;
  readonly linesWithheld: number;
  readonly bytesSent: number;
  /** Verified connections on which it was followed, and on which it followed. */
  readonly follows: number;
  readonly leads: number;
  /** True once all of a backlog of its was read, when it had read all that it follows itself. */
  readonly hasCaughtUp: boolean;
  /** Positions of its feed that are left of the backlog that we read. */
  readonly backlogToRead: number;
  /** Positions of our feed that are left of the backlog that it reads. */
  readonly backlogToSend: number;
  /** Position in our feed up to which it has everything, as it said last. */
  readonly acknowledged: number;
  /** Position in our feed up to which it has everything fresh. */
  readonly acknowledgedLive: number;
  /** Time for which it keeps records; undefined while it has not said. */
  readonly retention: Retention | undefined;
  /** Two processes under one name: the neighbour's, or ours as the neighbour says. */
  readonly twins: Pick<TwinWatch, "areSeen" | "isOwn">;
}

/** One neighbour. Mutated by `follow` and `lead` alone. */
export class Neighbour implements NeighbourStatus {
  readonly name: string;
  /** Its bit in the store's record of who has what; 0 for a neighbour beyond the 30th. */
  readonly bit: number;
  /** It as the source of fresh news, and of what it sends out of its backlog. */
  readonly fresh: Source;
  readonly late: Source;
  readonly twins: TwinWatch;
  /** Incarnation that the latest verified LEAD named: the one that the bit speaks of. */
  incarnation: string | undefined;
  held: FeedPosition | undefined;
  /** The verified connections, where there are some. */
  following: Stream | undefined;
  leading: Stream | undefined;
  /** The version of the latest FOLLOW, if it closed the connection without an answer. */
  declined: LinkVersion | undefined;
  clockOffsetSeconds = 0;
  clockAgainstSteady: number | undefined;
  retention: Retention | undefined;
  /** The incarnation that proved to have what is `acknowledged`; undefined if it proved nothing. */
  acknowledgedBy: string | undefined;
  hasCaughtUp = false;
  /** True while we read its feed from the start, over all links that it takes. */
  isReadWhole = false;
  backlogToRead = 0;
  backlogToSend = 0;

  // Figures since start.
  linesReceived = 0;
  bytesReceived = 0;
  duplicatesReceived = 0;
  recordsMended = 0;
  linesSent = 0;
  linesWithheld = 0;
  bytesSent = 0;
  follows = 0;
  leads = 0;
  acknowledged = 0;
  acknowledgedLive = 0;

  constructor(name: string, index: number, clock: Pick<Clock, "monotonicMs">) {
    this.name = name;
    this.twins = new TwinWatch(clock);
    this.bit = neighbourBit(index);
    this.fresh = serverOf(this.bit);
    this.late = serverOf(this.bit, true);
  }

  /**
   * The version of the next FOLLOW: the older one only if the newer one was just declined, which a
   * neighbour that follows us by the newer one did for another reason.
   */
  get versionToTry(): LinkVersion {
    const isOld = this.declined === LINK_VERSION && this.leading?.version !== LINK_VERSION;
    return isOld ? 1 : LINK_VERSION;
  }

  get isFollowing(): boolean {
    return this.following !== undefined;
  }

  get isFollowed(): boolean {
    return this.leading !== undefined;
  }
}
