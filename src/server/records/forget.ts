// The removal of a client from the whole herd: a record of its own, newer than all that is known.

import type { Clock } from "../../base/clock.ts";
import { Instant } from "../../base/instant.ts";
import { makeRemoval } from "../../protocol/update.ts";
import type { Store } from "../../store/store.ts";
import { SERVER } from "../../store/source.ts";

/** The parts of a server that a removal needs. */
export interface ForgetContext {
  readonly name: Uint8Array;
  readonly store: Store;
  readonly clock: Clock;
  /** Removals that may be kept. */
  readonly maxRemovals: number;
}

/** The outcome of an order to forget a client; `full`: there are too many removals already. */
export type ForgetAnswer = "forgotten" | "unknown" | "full";

/**
 * Forgets a client here, and everywhere once the flood has carried it. Of a client that this server
 * does not know nothing is stored: anybody could fill it with removals. `client` is 1 to 4,096 bytes
 * with no white space.
 */
export function forget(
  { name, store, clock, maxRemovals }: ForgetContext,
  client: Uint8Array,
): ForgetAnswer {
  if (store.locate(client, 0, client.length) === 0) return "unknown";
  if (store.removals >= maxRemovals) return "full";
  const now = new Instant();
  clock.now(now);
  const stored = store.read(store.find(client, 0, client.length)).effective;
  store.apply(makeRemoval({ origin: name, client, now, stored }), SERVER);
  return "forgotten";
}
