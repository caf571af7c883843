// The forms of what servers are told and answer. They are those of the servers' /openapi.json.

/** The newest known location of a client. */
export interface Client {
  /** Percent-encoded: see `idOf` and `textOf`. */
  readonly id: string;
  /** Degrees north of the equator, from -90 to 90. */
  readonly lat: number;
  /** Degrees east of Greenwich, from -180 to 180. */
  readonly lon: number;
  /** The same as the client wrote it (ISO 6709), such as `+34.068930-118.445127`. */
  readonly location: string;
  /** POSIX seconds in decimal, such as `1520023934.918963997`. A number would lose nanoseconds. */
  readonly time: string;
  /** The name of the server that the client told. */
  readonly server: string;
  /** The clock of `server` at receipt minus `time`, in seconds, such as `+0.263873386`. */
  readonly skew: string;
}

/** A client of a list. */
export interface ListedClient extends Client {
  /** Metres from the point that was asked for, along a great circle. */
  readonly metres?: number | undefined;
}

/** A removal of a client. */
export interface Removal {
  /** Percent-encoded. */
  readonly id: string;
  /** The time from which on the client is forgotten, in POSIX seconds; or that of its expired record. */
  readonly time: string;
  /** The name of the server that was told. */
  readonly server: string;
}

/** A time: POSIX seconds or RFC 3339 as a text, whole POSIX seconds as a number, or a date. Not before 1970. */
export type Time = string | number | Date;

/** A location that is told. */
export interface Told {
  /** 1 to 4,096 bytes, none of white space, percent-encoded; see `idOf`. */
  readonly id: string;
  /** Degrees from -90 to 90, positive in the north. */
  readonly lat: number;
  /** Degrees from -180 to 180, positive in the east. */
  readonly lon: number;
  /**
   * The time of the location. Left out, the server that takes it dates it. Give it where the order of a
   * client's locations matters: a server that hung may take one late, which another has taken meanwhile.
   */
  readonly time?: Time | undefined;
}

/** The answer to a location. */
export interface Taken extends Client {
  /** True if this is the newest known location now; false if it changes nothing. */
  readonly isStored: boolean;
  /**
   * The reason why it changes nothing: it is `older` than what is known; as old as that, to the nanosecond
   * (`tied`); not newer than the client's removal (`removed`); or older than what the server retains
   * (`expired`).
   */
  readonly because?: "older" | "tied" | "removed" | "expired" | undefined;
}

/** The fault of one of many locations. */
export interface BulkFault {
  /** The location, counted from 1 on. */
  readonly number: number;
  /** For people. */
  readonly error: string;
}

/** The answer to many locations. */
export interface BulkSummary {
  /** Locations that were told. */
  readonly received: number;
  /** Those that are the newest known ones of their clients now. */
  readonly stored: number;
  /** Those that were not taken, each for a fault of its own. */
  readonly faulty: number;
  /** The first faults, ten at most. */
  readonly faults: readonly BulkFault[];
}

/** All points up to a distance from one on the sphere. */
export interface Circle {
  /** Degrees from -90 to 90. */
  readonly lat: number;
  /** Degrees from -180 to 180. */
  readonly lon: number;
  /** Kilometres along a great circle, from 0 to 20,016; 10 if left out. */
  readonly radius?: number | undefined;
}

/**
 * West, south, east and north in degrees, in GeoJSON's order (RFC 7946, section 5). West is greater than east
 * in a box over the antimeridian.
 */
export type Box = readonly [west: number, south: number, east: number, north: number];

/** The clients that are meant: all without any filter, or those that pass every one. */
export interface Filters {
  /** Clients in a box; not together with `near`. */
  readonly bbox?: Box | undefined;
  /** Clients in a circle; not together with `bbox`. */
  readonly near?: Circle | undefined;
  /** Clients whose ids begin so; percent-encoded. */
  readonly prefix?: string | undefined;
  /** Clients whose time is this one or later. */
  readonly changedSince?: Time | undefined;
}

/** One page of a list. */
export interface Page {
  /** In the order in which they last changed. */
  readonly clients: readonly ListedClient[];
  /** The place where the next page begins; after the last page it is for what changes later. */
  readonly next: string;
  /** True if there may be more now. */
  readonly hasMore: boolean;
  /** The address of the server that gave it. */
  readonly server: string;
}

/** Places near a client, in the shape of Google's legacy Nearby Search. */
export interface Places {
  /** The client that they are near to. */
  readonly client: Client;
  /** The answer of the server's provider of places. */
  readonly places: {
    /** `OK`, `ZERO_RESULTS`, or the reason why there are none. */
    readonly status: string;
    readonly results: readonly Readonly<Record<string, unknown>>[];
    readonly [more: string]: unknown;
  };
}
