// The forms of what the HTTP port tells, as JSON has them: types alone, for servers and browsers alike.
// openapi_schemas.ts says the same to everybody else, and tests hold both to what is sent.

/** What became of a client that was to be forgotten. */
export interface ForgottenView {
  /** Whether the server that was asked knew where it is. Forgotten it is in any case. */
  readonly wasKnown: boolean;
}

/** Where a client was last seen. */
export interface ClientView {
  /** Percent-encoded, as in a URL. */
  readonly id: string;
  /** Decimal degrees. */
  readonly lat: number;
  readonly lon: number;
  /** The same as the client wrote it (ISO 6709). */
  readonly location: string;
  /** When that was: POSIX seconds in decimal, as the client wrote it. A text, for nanoseconds. */
  readonly time: string;
  /** The server that was told. */
  readonly server: string;
  /** That server's clock at receipt minus `time`, in seconds: a sign and nine decimals. */
  readonly skew: string;
}

/** That a client was removed. */
export interface RemovalView {
  readonly id: string;
  readonly time: string;
  readonly server: string;
}

/** Counts by bucket; `counts` is one longer than `bounds` and not cumulated. */
export interface HistogramView {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
}

/** A server's side of a link: it follows the neighbour, and leads it where it is followed. */
export interface LinkStatus {
  readonly neighbour: string;
  /** Whether we read the neighbour's feed now. */
  readonly isFollowing: boolean;
  /** Whether the neighbour reads our feed now. */
  readonly isFollowed: boolean;
  /** How far the neighbour is behind our feed, while it follows us. */
  readonly lagPositions: number | null;
  /** For how long the oldest change that it has not acknowledged has waited, at most. */
  readonly lagSeconds: number | null;
  /** Its clock minus ours. */
  readonly clockOffsetSeconds: number;
  readonly reconnects: number;
  readonly received: {
    readonly bytes: number;
    readonly lines: number;
    /** Of `lines`: what was known already. */
    readonly duplicates: number;
  };
  readonly sent: {
    readonly bytes: number;
    readonly lines: number;
    /** Records not sent, because the neighbour is known to have them. */
    readonly withheld: number;
  };
}

/** How the disk is doing. */
export interface DurabilityStatus {
  readonly mode: string;
  readonly isTroubled: boolean;
  /** Positions of the feed that are not saved yet. */
  readonly pending: number;
  readonly pendingSeconds: number;
  readonly commits: number;
}

/** A server's part in the backbone. Counts are since its start. */
export interface BackboneView {
  /** Whether it has what the stream had when it connected, and publishes. */
  readonly isLevel: boolean;
  /** The sequence up to which it has everything that the stream has. */
  readonly position: number;
  /** Positions of its feed from the first one on that the stream may lack. */
  readonly unpublished: number;
  readonly reconnects: number;
  readonly received: {
    readonly messages: number;
    /** Of `messages`: what was known already, such as its own. */
    readonly duplicates: number;
  };
  readonly sent: {
    readonly messages: number;
    /** Records published again, since something older had been put over them. */
    readonly repaired: number;
  };
  /** The stream's clock minus its own. */
  readonly clockOffsetSeconds: number;
}

/** One server. Counts are since its start. */
export interface ServerStatus {
  readonly name: string;
  readonly version: string;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly isReady: boolean;
  /** Reasons, for people; empty when all is well. */
  readonly troubles: readonly string[];
  /** Clients whose location is known. */
  readonly clients: number;
  /** Those, and removals that are still kept. */
  readonly records: number;
  readonly feed: { readonly id: string; readonly position: number };
  /** Open connections of clients and of neighbours. */
  readonly connections: number;
  readonly requests: {
    readonly iamat: number;
    readonly stale: number;
    readonly whatsat: number;
    readonly invalid: number;
    readonly unknown: number;
  };
  /** Seconds from the arrival of a chunk of lines until its replies were written, of one chunk in 16. */
  readonly latency: HistogramView;
  readonly durability: DurabilityStatus | null;
  readonly links: readonly LinkStatus[];
  /** Null when it is on none. */
  readonly backbone: BackboneView | null;
  readonly memoryBytes: number;
}

/** One server of the herd. */
export interface ServerView {
  readonly name: string;
  readonly host: string;
  readonly port: number;
  readonly http: number | null;
  /** Where the topology says that it stands, in decimal degrees. */
  readonly location: { readonly lat: number; readonly lon: number } | null;
  /** `unknown` when nobody who could know was heard of. */
  readonly state: "up" | "down" | "unknown";
  /** The age of `status`. */
  readonly ageSeconds: number | null;
  /** What it last said of itself; null if that was never heard. */
  readonly status: ServerStatus | null;
}

/** One direction of a link: `to` reads the feed of `from`. */
export interface LinkView {
  readonly from: string;
  readonly to: string;
  /** Null when neither end was heard of. */
  readonly isUp: boolean | null;
  readonly lagPositions: number | null;
  readonly lagSeconds: number | null;
  /** Sent since the start of `from`; received since the start of `to` if only that was heard of. */
  readonly lines: number;
  readonly bytes: number;
}

/** The herd at one instant, as far as one server knows. */
export interface HerdSnapshot {
  readonly herd: string;
  /** Who says all this. */
  readonly self: string;
  readonly servers: readonly ServerView[];
  readonly links: readonly LinkView[];
}
