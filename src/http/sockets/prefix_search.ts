// Clients whose ids begin with what somebody has typed so far: a look at every record, at the server's
// pace. A million of them take some tenths of a second, and nothing is kept between two questions.

import { compareBytes } from "../../base/bytes.ts";
import type { Pace } from "../../server/turns/pace.ts";
import type { Grant } from "../../server/tokens/grant.ts";
import type { Store } from "../../store/store.ts";
import { decodeClientId } from "../../protocol/client_id.ts";

/** The most clients that are found. */
export const MAX_FOUND = 12;

/** Records in one piece of work: some 0.1 ms. */
const RECORDS_A_PIECE = 256;

/**
 * The records of the first clients, in the order of their ids, that begin with a percent-encoded
 * prefix; ASCII letters of either case are alike. None if the prefix is no part of an id.
 */
export async function recordsByPrefix(
  { store, pace, grant }: {
    readonly store: Store;
    readonly pace: Pace;
    /** Clients that it does not cover are left out. */
    readonly grant: Grant;
  },
  text: string,
): Promise<number[]> {
  const prefix = decodeClientId(text)?.map(folded);
  if (prefix === undefined) return [];
  const found: { readonly record: number; readonly id: Uint8Array }[] = [];
  for (let record = 1; record < store.recordsEnd; record++) {
    if (record % RECORDS_A_PIECE === 0) await pace.pause();
    // The store may have become smaller meanwhile.
    if (record >= store.recordsEnd || !store.isRecord(record) || !store.isLocated(record)) continue;
    const { bytes, clientStart, clientEnd } = store.read(record);
    if (clientEnd - clientStart < prefix.length) continue;
    if (!grant.covers(bytes, clientStart, clientEnd)) continue;
    if (prefix.some((byte, i) => folded(bytes[clientStart + i]!) !== byte)) continue;
    const last = found.at(-1)?.id;
    const isFull = found.length === MAX_FOUND;
    if (isFull && compareIds(bytes.subarray(clientStart, clientEnd), last!) > 0) continue;
    found.push({ record, id: bytes.slice(clientStart, clientEnd) });
    found.sort((a, b) => compareIds(a.id, b.id));
    if (isFull) found.pop();
  }
  return found.map((it) => it.record);
}

function compareIds(a: Uint8Array, b: Uint8Array): number {
  return compareBytes(a, 0, a.length, b, 0, b.length);
}

/** A byte, an upper-case letter of ASCII as a lower-case one. */
function folded(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}
