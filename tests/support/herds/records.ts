// Puts records into a store without a server: `tell(store, "kiwi +34-118 1520023934")`.

import fc from "../properties.ts";
import { encode } from "../../../src/base/bytes.ts";
import { parseBody, Update } from "../../../src/protocol/update.ts";
import type { Applied } from "../../../src/store/source.ts";
import type { Store } from "../../../src/store/store.ts";
import { SERVER, type Source } from "../../../src/store/source.ts";

/**
 * Applies an update of Goloman's with no skew.
 *
 * @param line `<client> <location> <time>`; a location of `-` removes the client.
 */
export function tell(store: Store, line: string, from: Source = SERVER): Applied {
  const update = new Update();
  const body = encode(`Goloman +0.000000000 ${line}`);
  if (!parseBody(body, 0, body.length, update)) throw new Error(`Not an update: '${line}'`);
  return store.apply(update, from);
}

/** Seconds and clients of `storeChange`: few, so that numbers of records are used again. */
const second = fc.integer({ min: 1, max: 20 });
const client = fc.constantFrom("a", "b", "c", "d", "e");

/** A change of a store: news, a removal, a horizon that moves either way, a sweep, a reader's place. */
export const storeChange: fc.Arbitrary<(store: Store) => void> = fc.oneof(
  fc.tuple(client, second, fc.constantFrom("+34.06-118.44", "+34.07-118.45", "-")).map(
    ([id, time, location]) => (store: Store) => void tell(store, `${id} ${location} ${time}`),
  ),
  second.map((horizon) => (store: Store) => void (store.horizon = horizon)),
  fc.constant((store: Store) => void store.sweep(100)),
  // It borrows a row that a dropped record may have given back.
  fc.constant((store: Store) => void store.feed.readFrom(0)),
);
