// The removal of a client from the whole herd: a record of its own, newer than all that is known.

import type { Clock } from "../../base/clock.ts";
import { Instant } from "../../base/instant.ts";
import { makeRemoval } from "../../protocol/update.ts";
import type { Store } from "../../store/store.ts";
import { SERVER } from "../../store/source.ts";

/** What it needs of its server. */
export interface ForgetContext {
  readonly name: Uint8Array;
  readonly store: Store;
  readonly clock: Clock;
}

/**
 * Forgets a client here, and everywhere once the flood has carried it: also where it is not known
 * yet. Returns whether this server knew where it is. `client` is 1 to 4,096 bytes with no white
 * space.
 */
export function forget({ name, store, clock }: ForgetContext, client: Uint8Array): boolean {
  const now = new Instant();
  clock.now(now);
  const isKnown = store.locate(client, 0, client.length) !== 0;
  const record = store.find(client, 0, client.length);
  const stored = record === 0 ? undefined : store.read(record).effective;
  store.apply(makeRemoval({ origin: name, client, now, stored }), SERVER);
  return isKnown;
}
