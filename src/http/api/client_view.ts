// A client's record as JSON. What a double cannot hold exactly stays the text that it came as.

import { decode } from "../../base/bytes.ts";
import { parseLocation } from "../../protocol/location.ts";
import type { Update } from "../../protocol/update.ts";
import { encodeClientId } from "../../protocol/client_id.ts";
import type { Client, Removal } from "./schemas.ts";

/** The client of an update that is not a removal. */
export function clientView(update: Update): Client {
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

/** The client of a removal. */
export function removalView(update: Update): Removal {
  const { bytes, start, originEnd, clientStart, clientEnd, timeStart, end } = update;
  return {
    id: encodeClientId(bytes, clientStart, clientEnd),
    time: decode(bytes, timeStart, end),
    server: decode(bytes, start, originEnd),
  };
}
