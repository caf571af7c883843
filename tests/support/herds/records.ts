// Puts records into a store without a server: `tell(store, "kiwi +34-118 1520023934")`.

import { encode } from "../../../src/base/bytes.ts";
import { parseBody, Update } from "../../../src/protocol/update.ts";
import type { Applied, Store } from "../../../src/store/store.ts";

/**
 * Applies an update of Goloman's with no skew.
 *
 * @param line `<client> <location> <time>`; a location of `-` removes the client.
 */
export function tell(store: Store, line: string): Applied {
  const update = new Update();
  const body = encode(`Goloman +0.000000000 ${line}`);
  if (!parseBody(body, 0, body.length, update)) throw new Error(`Not an update: '${line}'`);
  return store.apply(update, 0, true);
}
