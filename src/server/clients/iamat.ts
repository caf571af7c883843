// The one way of a client's IAMAT into the store, whether it came as a line or over HTTP.

import { copyBytes, NEWLINE } from "../../base/bytes.ts";
import type { Instant } from "../../base/instant.ts";
import type { Request } from "../../protocol/request.ts";
import { AT_PREFIX, Update, writeBody } from "../../protocol/update.ts";
import type { Store } from "../../store/store.ts";
import type { RequestCounts } from "./request_counts.ts";

/** What taking one needs of its server. */
export interface IamatContext {
  readonly name: Uint8Array;
  readonly store: Store;
  readonly counts: RequestCounts;
}

// Each is taken to the end before the next, so all share this.
const update = new Update();

/**
 * Takes an IAMAT that was received at `receivedAt`: writes its AT line with the newline to `out` at
 * `at`, applies it, and returns the offset after the line. `request` describes the IAMAT in `line`.
 * What is older than what is known is answered all the same and counted as stale. Returns -1 if the
 * store is full and cannot take it: an AT line would promise what is not so.
 */
export function takeIamat(
  context: IamatContext,
  receivedAt: Instant,
  request: Request,
  line: Uint8Array,
  out: Uint8Array,
  at: number,
): number {
  const { counts } = context;
  at = copyBytes(AT_PREFIX, 0, AT_PREFIX.length, out, at);
  at = writeBody(context.name, receivedAt, request, line, out, at, update);
  out[at++] = NEWLINE;
  const applied = context.store.apply(update, 0, false);
  if (applied === "full") return -1;
  counts.iamat++;
  if (applied !== "newer") counts.stale++;
  return at;
}
