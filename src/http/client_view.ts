// A client's record as JSON. What a double cannot hold exactly stays the text that it came as.

import { decode } from "../protocol/bytes.ts";
import { parseLocation } from "../protocol/location.ts";
import type { Update } from "../protocol/update.ts";
import { encodeClientId } from "./client_id.ts";

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

/** What an update says of its client; of one that is not a removal. */
export function clientView(update: Update): ClientView {
  const { bytes, locationStart, locationEnd, originEnd, clientStart } = update;
  const { latitude, longitude } = parseLocation(bytes, locationStart, locationEnd);
  const { id, time, server } = removalView(update);
  return {
    id,
    lat: latitude,
    lon: longitude,
    location: decode(bytes, locationStart, locationEnd),
    time,
    server,
    skew: decode(bytes, originEnd + 1, clientStart - 1),
  };
}

/** What a removal says. */
export function removalView(update: Update): RemovalView {
  const { bytes, start, originEnd, clientStart, clientEnd, timeStart, end } = update;
  return {
    id: encodeClientId(bytes, clientStart, clientEnd),
    time: decode(bytes, timeStart, end),
    server: decode(bytes, start, originEnd),
  };
}
