// Sums of records, to find out what need not be sent: records fall into buckets by their clients, and a
// bucket's sum is that of the hashes of its records. Buckets with equal sums have equal records. The
// hashes are keyed by the connection: clients choose ids and texts, and nobody may choose two that collide.

import { nextSpace } from "../../base/bytes.ts";
import { MAX_BODY_BYTES } from "../../protocol/update.ts";
import type { Store } from "../../store/store.ts";
import { MAX_SUMS_BYTES, type SumsPart } from "../messages.ts";
import { sipHash, type SipKey, sipResult } from "./sip_hash.ts";

/** Numbers of buckets, powers of two. */
export const MIN_BUCKETS = 16;
export const MAX_BUCKETS = 65_536;

/** About how many records share a bucket, as long as there are not too many. */
const RECORDS_A_BUCKET = 16;

/** Words of 32 bits in a sum, and their bytes. */
const LANES = 2;
const LANE_BYTES = 4;
const SUM_BYTES = LANES * LANE_BYTES;

/** Records that are hashed between two questions whether others wait: some 0.1 ms. */
const RECORDS_A_TURN = 500;

/** Constant that tells the key of buckets from that of records. */
const BUCKET_KEY = 0x5bd1e995;

/** The number of buckets for so many records. */
export function bucketsFor(records: number): number {
  let buckets = MIN_BUCKETS;
  while (buckets < MAX_BUCKETS && buckets * RECORDS_A_BUCKET < records) buckets *= 2;
  return buckets;
}

const body = new Uint8Array(MAX_BODY_BYTES);

/** Sums of the records of one store, or as the other end of a link sent them. */
export class Sums {
  readonly buckets: number;
  /** The sums, two words a bucket. */
  readonly lanes: Uint32Array<ArrayBuffer>;
  readonly #key: SipKey;
  readonly #bucketKey: SipKey;

  /** All zero. */
  constructor(key: SipKey, buckets: number) {
    this.buckets = buckets;
    this.lanes = new Uint32Array(buckets * LANES);
    this.#key = key;
    this.#bucketKey = [key[0] ^ BUCKET_KEY, key[1]];
  }

  /** The bucket of a record. */
  bucketOf(store: Store, record: number): number {
    return this.#bucketOf(store.copyBody(record, body, 0));
  }

  /** Adds a record. */
  add(store: Store, record: number): void {
    const length = store.copyBody(record, body, 0);
    const lane = this.#bucketOf(length) * LANES;
    sipHash(this.#key, body, 0, length);
    this.lanes[lane]! += sipResult[0];
    this.lanes[lane + 1]! += sipResult[1];
  }

  /** True if a bucket has the same sum in both. */
  isEqual(other: Sums, bucket: number): boolean {
    const lane = bucket * LANES;
    return this.lanes[lane] === other.lanes[lane] && this.lanes[lane + 1] === other.lanes[lane + 1];
  }

  /** Of the body that was copied. */
  #bucketOf(length: number): number {
    const client = nextSpace(body, nextSpace(body, 0, length) + 1, length) + 1;
    sipHash(this.#bucketKey, body, client, nextSpace(body, client, length));
    return sipResult[0] & (this.buckets - 1);
  }
}

/**
 * Adds all records whose effective time is not before `horizon` (POSIX seconds). What `pause` gives is
 * waited for now and then, so that others have their turn; a record that changes meanwhile may be added in one version, in two, or not.
 */
export async function addAll(
  sums: Sums,
  { store, horizon, pause }: {
    readonly store: Store;
    readonly horizon: number;
    pause?(): Promise<void> | undefined;
  },
): Promise<void> {
  const { feed } = store;
  const { end } = feed;
  using reader = feed.readFrom(0);
  for (let left = RECORDS_A_TURN;; left--) {
    if (left === 0) {
      left = RECORDS_A_TURN;
      await pause?.();
    }
    const record = reader.next();
    if (record === 0 || feed.positionOf(record) > end) return;
    if (!store.isExpired(record, horizon)) sums.add(store, record);
  }
}

/** The sums that a follower sends in parts, in order. */
export class ReceivedSums {
  readonly sums: Sums;
  readonly horizon: number;
  #next = 0;

  /** Undefined if `part` begins no sums. */
  static begin(key: SipKey, { buckets, horizon }: SumsPart): ReceivedSums | undefined {
    const isPower = (buckets & (buckets - 1)) === 0;
    if (!isPower || buckets < MIN_BUCKETS || buckets > MAX_BUCKETS) return undefined;
    return new ReceivedSums(new Sums(key, buckets), horizon);
  }

  private constructor(sums: Sums, horizon: number) {
    this.sums = sums;
    this.horizon = horizon;
  }

  /** True once all parts have come. */
  get isWhole(): boolean {
    return this.#next === this.sums.buckets;
  }

  /** Takes the next part; returns false for one that is not. */
  take({ buckets, first, horizon, sums: bytes }: SumsPart): boolean {
    const { sums } = this;
    const count = bytes.length / SUM_BYTES;
    const isNext = buckets === sums.buckets && horizon === this.horizon && first === this.#next;
    if (!isNext || count === 0 || count % 1 !== 0 || first + count > buckets) return false;
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let i = 0; i < count * LANES; i++) {
      sums.lanes[first * LANES + i] = view.getUint32(i * LANE_BYTES, true);
    }
    this.#next += count;
    return true;
  }
}

/** The parts in which sums are sent. */
export function* partsOf(sums: Sums, horizon: number): Generator<SumsPart> {
  const { buckets, lanes } = sums;
  const most = MAX_SUMS_BYTES / SUM_BYTES;
  for (let first = 0; first < buckets; first += most) {
    const words = lanes.subarray(first * LANES, Math.min(first + most, buckets) * LANES);
    const bytes = new Uint8Array(words.length * LANE_BYTES);
    const view = new DataView(bytes.buffer);
    words.forEach((word, i) => view.setUint32(i * LANE_BYTES, word, true));
    yield { buckets, first, horizon, sums: bytes };
  }
}
