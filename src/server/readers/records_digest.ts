// A digest of all records of a server, so that "in sync" is a fact: servers with equal digests have
// the same records, whatever the order they came in. Costs nothing until it is first asked for; then
// each further answer costs what has changed since.

import { enlarged, lengthFor } from "../../base/buffers.ts";
import type { FeedReader } from "../../store/feed.ts";
import type { Store } from "../../store/store.ts";
import { MAX_LINE_BYTES } from "../../protocol/lines.ts";
import { MAX_BODY_GROWTH_BYTES } from "../../protocol/update.ts";
import type { Pace } from "../turns/pace.ts";
import { catchUp } from "./catch_up.ts";
import { HorizonWatch } from "./horizon_watch.ts";

const FIRST_CAPACITY = 1024;

/** The records of one instant. */
export interface Digest {
  /** 16 hexadecimal digits: the sum of a 64-bit hash of every record, expired ones left out. */
  readonly digest: string;
  /** The position of the server's feed at that instant. */
  readonly position: number;
  /** Number of records that it covers, removals that are still kept included. */
  readonly records: number;
}

/** Records in one piece of work, where each is only looked at. */
const LOOKS_A_PIECE = 4_096;

/** A horizon that moves on makes the digest look again this often; then it looks in one turn. */
const MAX_ROUNDS = 4;

/** Keeps the digest of a store. */
export class RecordsDigest implements Disposable {
  readonly #store: Store;
  readonly #pace: Pace;
  readonly #forgetDrops: () => void;
  readonly #watch: HorizonWatch;
  #reader: FeedReader | undefined;
  #underWay: Promise<Digest> | undefined;

  // The two halves of each record's hash, by record number, and their sums modulo 2^32.
  #high = new Uint32Array(0);
  #low = new Uint32Array(0);
  #isIn = new Uint8Array(0);
  #sumHigh = 0;
  #sumLow = 0;
  #records = 0;
  readonly #body = new Uint8Array(MAX_LINE_BYTES + MAX_BODY_GROWTH_BYTES);

  /** The digest of this store's records, made at the pace of its server. */
  constructor(store: Store, pace: Pace) {
    this.#store = store;
    this.#pace = pace;
    this.#watch = new HorizonWatch(store);
    this.#forgetDrops = store.onDrop((record) => this.#leaveOut(record));
  }

  /** The digest at the feed's end, once it is reached. Clients have their turns meanwhile. */
  compute(): Promise<Digest> {
    return this.#underWay ??= this.#compute().finally(() => this.#underWay = undefined);
  }

  /** Abandons its place in the feed. */
  [Symbol.dispose](): void {
    this.#forgetDrops();
    this.#reader?.[Symbol.dispose]();
    this.#reader = undefined;
  }

  async #compute(): Promise<Digest> {
    for (let round = 1;; round++) {
      const digest = await catchUp(this.#begin(), {
        pace: this.#pace,
        take: (record) => this.#take(record),
        atEnd: () => this.#digest(round === MAX_ROUNDS),
      });
      if (digest !== undefined) return digest;
      await this.#leaveOutExpired();
    }
  }

  #begin(): FeedReader {
    if (!this.#watch.hasGoneBack() && this.#reader !== undefined) return this.#reader;
    this.#reader?.[Symbol.dispose]();
    return this.#reader = this.#store.feed.readFrom(0);
  }

  /** The digest of this instant; undefined if it is not known before the horizon was followed. */
  #digest(isLastRound: boolean): Digest | undefined {
    if (this.#watch.isBack) return undefined;
    if (!this.#watch.isFollowed) {
      if (!isLastRound) return undefined;
      for (const _ of this.#leavingOut());
    }
    return {
      digest: hex(this.#sumHigh) + hex(this.#sumLow),
      position: this.#store.feed.end,
      records: this.#records,
    };
  }

  /** Expiry is no change of the feed: when the horizon has moved, every record is looked at. */
  async #leaveOutExpired(): Promise<void> {
    for (const _ of this.#leavingOut()) {
      const pause = this.#pace.pause();
      if (pause !== undefined) await pause;
    }
  }

  *#leavingOut(): Generator<void, void> {
    this.#watch.lookAtAll();
    for (let record = 1; record < this.#isIn.length; record++) {
      if (record % LOOKS_A_PIECE === 0) yield;
      this.#watch.look();
      if (this.#isIn[record] === 1 && this.#store.isExpired(record)) this.#leaveOut(record);
    }
  }

  #take(record: number): void {
    if (record >= this.#isIn.length) this.#grow(record);
    this.#leaveOut(record);
    this.#watch.look();
    if (this.#store.isExpired(record)) return;
    const end = this.#store.copyBody(record, this.#body, 0);
    hash(this.#body, end);
    this.#high[record] = high;
    this.#low[record] = low;
    this.#isIn[record] = 1;
    this.#sumHigh = (this.#sumHigh + high) >>> 0;
    this.#sumLow = (this.#sumLow + low) >>> 0;
    this.#records++;
  }

  #leaveOut(record: number): void {
    if (this.#isIn[record] !== 1) return;
    this.#isIn[record] = 0;
    this.#sumHigh = (this.#sumHigh - this.#high[record]!) >>> 0;
    this.#sumLow = (this.#sumLow - this.#low[record]!) >>> 0;
    this.#records--;
  }

  #grow(record: number): void {
    const length = Math.max(FIRST_CAPACITY, lengthFor(record));
    this.#high = enlarged(this.#high, length);
    this.#low = enlarged(this.#low, length);
    this.#isIn = enlarged(this.#isIn, length);
  }
}

// The result of `hash`: a pair a record would be an object a record.
let high = 0;
let low = 0;

/**
 * Two lanes of multiply and xor over the bytes, each with its own odd constant, mixed into each
 * other at the end by Murmur3's finaliser. Against accidents, not against somebody who wants two
 * records to collide.
 */
function hash(bytes: Uint8Array, end: number): void {
  let a = 0x9e3779b9 ^ end;
  let b = 0x7f4a7c15 ^ end;
  for (let i = 0; i < end; i++) {
    const byte = bytes[i]!;
    a = Math.imul(a ^ byte, 0x85ebca77);
    a ^= a >>> 15;
    b = Math.imul(b ^ byte, 0xc2b2ae3d);
    b ^= b >>> 13;
  }
  high = mix(a ^ Math.imul(b, 0x27d4eb2f));
  low = mix(b ^ Math.imul(a, 0x165667b1));
}

function mix(value: number): number {
  value = Math.imul(value ^ (value >>> 16), 0x85ebca6b);
  value = Math.imul(value ^ (value >>> 13), 0xc2b2ae35);
  return (value ^ (value >>> 16)) >>> 0;
}

function hex(value: number): string {
  return value.toString(16).padStart(8, "0");
}
