// The positions of clients for one watcher: a reader of the feed that makes frames of what changed.
// The frame's form is in live_protocol.ts.

import { enlarged, lengthFor } from "../../base/buffers.ts";
import { compareBytes, encode } from "../../base/bytes.ts";
import { HorizonWatch } from "../../server/readers/horizon_watch.ts";
import { RecordLocation } from "../../server/readers/record_location.ts";
import type { Pace } from "../../server/turns/pace.ts";
import type { FeedReader } from "../../store/feed.ts";
import type { Grant } from "../../server/tokens/grant.ts";
import type { Store } from "../../store/store.ts";
import {
  CLIENT_BYTES,
  HEAD_BYTES,
  LEVEL,
  OTHER_SERVER,
  positionArrays,
  POSITIONS,
} from "./live_protocol.ts";

/** The most clients in one frame. */
const MAX_CLIENTS = 4_096;

/** Records in one piece of work: some 0.1 ms. */
const RECORDS_A_PIECE = 64;

/** Slots that are looked at for expired clients with each frame that has room for them. */
const SWEPT_SLOTS = 1_024;

/** A watcher's knowledge of a slot. */
const UNKNOWN = 0;
const KNOWN = 1;
const DROPPED = 2;

/** The changes that a watcher has been told, and those that it has not been told yet. */
export class LivePositions implements Disposable {
  readonly #store: Store;
  readonly #pace: Pace;
  #reader: FeedReader;
  readonly #watch: HorizonWatch;
  readonly #forgetDrops: () => void;
  /** The slots that are DROPPED, in any order. */
  readonly #dropped: number[] = [];
  readonly #location = new RecordLocation();
  readonly #servers: readonly Uint8Array[];
  readonly #grant: Grant;
  /** By slot: KNOWN where the watcher knows a client, DROPPED where it is yet to be told that it is gone. */
  #known = new Uint8Array(1024);
  #swept = 0;
  #wasLevel = false;

  // The frame that is being made.
  readonly #slots = new Uint32Array(MAX_CLIENTS);
  readonly #latitudes = new Float32Array(MAX_CLIENTS);
  readonly #longitudes = new Float32Array(MAX_CLIENTS);
  readonly #origins = new Uint8Array(MAX_CLIENTS);
  #count = 0;

  /** Begins with all clients. `servers` are the names that places are given in. */
  constructor(
    store: Store,
    { pace, servers, grant }: {
      readonly pace: Pace;
      readonly servers: readonly string[];
      /** Clients that it does not cover are never told of. */
      readonly grant: Grant;
    },
  ) {
    this.#grant = grant;
    this.#store = store;
    this.#pace = pace;
    this.#reader = store.feed.readFrom(0);
    this.#watch = new HorizonWatch(store);
    this.#forgetDrops = store.onDrop((record) => {
      if (this.#known[record] !== KNOWN) return;
      this.#known[record] = DROPPED;
      this.#dropped.push(record);
    });
    this.#servers = servers.slice(0, OTHER_SERVER).map(encode);
  }

  /** True if the watcher has everything. */
  get isLevel(): boolean {
    return this.#wasLevel && this.#reader.isAtEnd && this.#dropped.length === 0;
  }

  /** The next frame, made at the server's pace; undefined when there is nothing to say. */
  async next(): Promise<ArrayBuffer | undefined> {
    this.#count = 0;
    while (this.#count < MAX_CLIENTS && this.#dropped.length > 0) {
      const slot = this.#dropped.pop()!;
      // In a slot that another client has by now, that one was told.
      if (this.#known[slot] === DROPPED) this.#tellGone(slot);
    }
    let isAtEnd = false;
    for (let read = 0; this.#count < MAX_CLIENTS && !isAtEnd; read++) {
      if (read % RECORDS_A_PIECE === 0) {
        const pause = this.#pace.pause();
        if (pause !== undefined) await pause;
        this.#followHorizon();
      }
      const record = this.#reader.next();
      if (record === 0) isAtEnd = true;
      else this.#tell(record);
    }
    if (isAtEnd) this.#tellExpired();
    if (this.#count === 0 && (this.#wasLevel || !isAtEnd)) return undefined;
    this.#wasLevel ||= isAtEnd;
    return this.#frame(isAtEnd);
  }

  /** True if the watcher knows a client in this slot. */
  isKnown(slot: number): boolean {
    return this.#known[slot] === KNOWN;
  }

  /** Abandons its place in the feed. */
  [Symbol.dispose](): void {
    this.#forgetDrops();
    this.#reader[Symbol.dispose]();
  }

  /** A horizon that went back lets clients in again that the watcher was told are gone. */
  #followHorizon(): void {
    if (this.#watch.hasGoneBack()) {
      this.#reader[Symbol.dispose]();
      this.#reader = this.#store.feed.readFrom(0);
    }
    this.#watch.look();
  }

  #tell(record: number): void {
    const store = this.#store;
    if (!store.isLocated(record)) return this.#tellGone(record);
    if (!this.#grant.coversAll) {
      const { bytes, clientStart, clientEnd } = store.read(record);
      if (!this.#grant.covers(bytes, clientStart, clientEnd)) return this.#tellGone(record);
    }
    const { latitude, longitude } = this.#location.read(store, record);
    if (record >= this.#known.length) this.#grow(record);
    this.#known[record] = KNOWN;
    this.#add(record, latitude, longitude, this.#placeOfServer());
  }

  #tellGone(record: number): void {
    if (this.#known[record] === UNKNOWN || this.#known[record] === undefined) return;
    this.#known[record] = UNKNOWN;
    this.#add(record, NaN, NaN, OTHER_SERVER);
  }

  /** Expiry is no change of the feed: slots are looked at in turn, while there is retention at all. */
  #tellExpired(): void {
    if (this.#store.horizon === 0) return;
    const slots = Math.min(SWEPT_SLOTS, this.#known.length - 1, MAX_CLIENTS - this.#count);
    for (let i = 0; i < slots; i++) {
      this.#swept = this.#swept + 1 < this.#known.length ? this.#swept + 1 : 1;
      if (this.#known[this.#swept] === KNOWN && this.#store.isExpired(this.#swept)) {
        this.#tellGone(this.#swept);
      }
    }
  }

  /** The place in the list of the server that was told of the present record. */
  #placeOfServer(): number {
    const { bytes, originEnd } = this.#location;
    const place = this.#servers.findIndex((name) =>
      compareBytes(bytes, 0, originEnd, name, 0, name.length) === 0
    );
    return place < 0 ? OTHER_SERVER : place;
  }

  #add(slot: number, latitude: number, longitude: number, server: number): void {
    const at = this.#count++;
    this.#slots[at] = slot;
    this.#latitudes[at] = latitude;
    this.#longitudes[at] = longitude;
    this.#origins[at] = server;
  }

  #frame(isLevel: boolean): ArrayBuffer {
    const count = this.#count;
    const frame = new ArrayBuffer(HEAD_BYTES + CLIENT_BYTES * count);
    const head = new DataView(frame);
    head.setUint8(0, POSITIONS);
    head.setUint8(1, isLevel ? LEVEL : 0);
    head.setUint32(4, count, true);
    const { slots, latitudes, longitudes, servers } = positionArrays(frame, count);
    slots.set(this.#slots.subarray(0, count));
    latitudes.set(this.#latitudes.subarray(0, count));
    longitudes.set(this.#longitudes.subarray(0, count));
    servers.set(this.#origins.subarray(0, count));
    return frame;
  }

  #grow(record: number): void {
    this.#known = enlarged(this.#known, lengthFor(record));
  }
}
