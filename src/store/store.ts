// The records of one server: the newest known update of each client, as a structure of arrays.
// `apply` is the only way in, whether a client, a neighbour or a file brings the update.

import { copyBytes } from "../base/bytes.ts";
import { compareUpdates, parseBody, Update } from "../protocol/update.ts";
import { Arena } from "./arena.ts";
import { Feed, type FeedStart } from "./feed.ts";
import { hashBytes, IdIndex } from "./id_index.ts";
import { type Applied, SERVER, type Source } from "./source.ts";
import {
  ADDRESS,
  CLIENT_LENGTH,
  CLIENT_START,
  EFFECTIVE_NANOS,
  EFFECTIVE_SECONDS,
  FLAGS,
  HASH,
  KNOWN_TO,
  LENGTH,
  Rows,
} from "./rows.ts";

/** Flags of a record: its effective time is not its own time; it is a removal; it came late. */
const CLAMPED = 1;
const REMOVAL = 2;
const LATE = 4;

/** A record of this many bytes is always taken from a client that is in the store already. */
const ALWAYS_TAKEN_BYTES = 256;

/** The newest update of each client, and the feed of its changes. */
export class Store {
  readonly feed: Feed;
  /**
   * POSIX seconds: updates whose effective time is before it are expired. They are refused, not
   * shown and not sent, and `sweep` drops them. 0 keeps everything.
   */
  horizon = 0;
  /** The same for removals: they are refused, and `sweep` drops them. Readers see them until then. */
  removalHorizon = 0;
  /** With so many clients, no new one is taken from a client. */
  maxClients = Infinity;
  /** With so many bytes of texts neither, nor a longer text than a client's is, unless it is short. */
  maxTextBytes = Infinity;
  #refused = 0;
  #count = 0;
  #removals = 0;

  /** A row for each record, by its number; readers of the feed borrow rows too. */
  readonly #rows = new Rows();
  /** The record at which the next `sweep` goes on. */
  #swept = 0;

  readonly #arena = new Arena();
  readonly #index = new IdIndex((record) => this.#rows.word(record, HASH));
  readonly #seed: number;
  readonly #stored = new Update();
  readonly #dropListeners = new Set<(record: number) => void>();

  // What `#isWanted` compares with: a closure a call would be an object a line.
  #wantedBytes: Uint8Array = new Uint8Array(0);
  #wantedStart = 0;
  #wantedEnd = 0;
  readonly #isWanted = (record: number): boolean => {
    const length = this.#rows.half(record, CLIENT_LENGTH);
    if (length !== this.#wantedEnd - this.#wantedStart) return false;
    const address = this.#rows.word(record, ADDRESS);
    const block = this.#arena.block(address);
    const start = this.#arena.offset(address) + this.#rows.half(record, CLIENT_START);
    for (let i = 0; i < length; i++) {
      if (block[start + i] !== this.#wantedBytes[this.#wantedStart + i]) return false;
    }
    return true;
  };

  /**
   * An empty store. `feedId` must be new and random; `seed` (32 bits, random) keeps strangers from
   * choosing ids that collide in the index.
   */
  constructor(feedId: string, seed: number, former: Omit<FeedStart, "id"> = {}) {
    this.#seed = seed;
    this.feed = new Feed({ id: feedId, ...former }, this.#rows);
  }

  /** Number of clients whose location is known. */
  get size(): number {
    return this.#count - this.#removals;
  }

  /** Bytes of memory that the records' texts take, free pieces included. */
  get textBytes(): number {
    return this.#arena.byteLength;
  }

  /** Updates that it had no room for since the start. */
  get refused(): number {
    return this.#refused;
  }

  /** True if clients may bring no new clients. */
  get isFull(): boolean {
    return this.size >= this.maxClients || this.#arena.byteLength >= this.maxTextBytes;
  }

  /** Record numbers are below this. */
  get recordsEnd(): number {
    return this.#rows.end;
  }

  /** Number of removals that are kept so that they win over older news. */
  get removals(): number {
    return this.#removals;
  }

  /** Number of records: clients, and removals that are kept so that they win over older news. */
  get records(): number {
    return this.#count;
  }

  /**
   * Takes over `update` if it is newer than what is stored. From a client, an update whose time
   * equals the stored time is refused, as ties are for servers, and so is what a full store has no
   * room for. What servers send is always taken, or servers would differ.
   */
  apply(update: Update, from: Source): Applied {
    const { isServer } = from;
    const { bytes, clientStart, clientEnd, effective } = update;
    if (effective.seconds < (update.isRemoval ? this.removalHorizon : this.horizon)) {
      return "expired";
    }
    const hash = hashBytes(bytes, clientStart, clientEnd, this.#seed);
    const record = this.#find(bytes, clientStart, clientEnd, hash);
    if (record === 0) {
      if (!isServer && this.isFull) return this.#refuse();
      this.feed.append(this.#add(update, hash, from));
      return "newer";
    }
    const order = effective.seconds - this.#rows.double(record, EFFECTIVE_SECONDS) ||
      effective.nanos - this.#rows.word(record, EFFECTIVE_NANOS);
    if (order < 0) return this.#lost(record, "older");
    // Equal times are possible only at equal effective times, or where one of them was clamped.
    const wasClamped = (this.#rows.half(record, FLAGS) & CLAMPED) !== 0;
    const isClose = order === 0 || wasClamped || update.isClamped;
    if (isClose) {
      // Neighbours tell each other the same news often: then one look at the bytes is enough.
      if (isServer && this.#holds(record, update)) {
        this.#rows.setWord(record, KNOWN_TO, this.#rows.word(record, KNOWN_TO) | from.bit);
        return "same";
      }
      const stored = this.read(record);
      if (
        !isServer && stored.time.seconds === update.time.seconds &&
        stored.time.nanos === update.time.nanos
      ) return this.#lost(record, "tied");
      if (compareUpdates(update, stored) < 0) return this.#lost(record, "older");
    }
    if (!isServer && this.#outgrows(record, update)) return this.#refuse();
    this.#write(record, update, from);
    this.feed.moveToEnd(record);
    return "newer";
  }

  /**
   * Takes over an update that was stored in a former run, at the position that it had in its feed:
   * greater than that of every record restored before, and not over the feed's end.
   */
  restore(update: Update, position: number): void {
    const { bytes, clientStart, clientEnd, effective } = update;
    if (effective.seconds < this.horizon) return;
    const hash = hashBytes(bytes, clientStart, clientEnd, this.#seed);
    let record = this.#find(bytes, clientStart, clientEnd, hash);
    if (record === 0) record = this.#add(update, hash, SERVER);
    else {
      this.#write(record, update, SERVER);
      this.feed.remove(record);
    }
    this.feed.restore(record, position);
  }

  /** The record of a client, also of one that was removed, or 0. */
  find(bytes: Uint8Array, start: number, end: number): number {
    return this.#find(bytes, start, end, hashBytes(bytes, start, end, this.#seed));
  }

  /** The record of a client whose location is known, or 0. */
  locate(bytes: Uint8Array, start: number, end: number): number {
    const record = this.find(bytes, start, end);
    return this.isLocated(record) ? record : 0;
  }

  /** True if this is the number of a record now: a dropped record's number is free to be used again. */
  isRecord(record: number): boolean {
    return this.#rows.word(record, ADDRESS) !== 0;
  }

  /** True if this is the number of a record that tells where a client is. */
  isLocated(record: number): boolean {
    return this.isRecord(record) && !this.isRemoval(record) && !this.isExpired(record);
  }

  /** True if a record says that the client was removed. */
  isRemoval(record: number): boolean {
    return (this.#rows.half(record, FLAGS) & REMOVAL) !== 0;
  }

  /** True if a record came to its place in the feed out of a backlog: it is no fresh news. */
  isLate(record: number): boolean {
    return (this.#rows.half(record, FLAGS) & LATE) !== 0;
  }

  /** True if a record's effective time is before a horizon: it is past its time, though not dropped yet. */
  isExpired(record: number, horizon = this.horizon): boolean {
    this.#addressOf(record);
    return this.#rows.double(record, EFFECTIVE_SECONDS) < horizon;
  }

  /**
   * Calls `listener` with each record that is dropped, just before its number is free for another
   * client, until the returned function is called. The feed does not tell of drops.
   */
  onDrop(listener: (record: number) => void): () => void {
    this.#dropListeners.add(listener);
    return () => this.#dropListeners.delete(listener);
  }

  /**
   * Looks at the next `limit` record numbers and drops what is expired; call it again and again to
   * come round. Returns how many records it dropped.
   */
  sweep(limit: number): number {
    if (this.horizon === 0 && this.#removals === 0) return 0;
    const before = this.#count;
    for (let i = Math.min(limit, this.#rows.end - 1); i > 0; i--) {
      this.#swept = this.#swept + 1 < this.#rows.end ? this.#swept + 1 : 1;
      if (this.isRecord(this.#swept) && this.#isOver(this.#swept)) this.#drop(this.#swept);
    }
    return before - this.#count;
  }

  /** Bytes of a record's body (`<origin> <skew> <client> <location> <time>`). */
  bodyLength(record: number): number {
    return this.#rows.half(record, LENGTH);
  }

  /** Copies a record's body to `out` at `at`; returns the offset after it. */
  copyBody(record: number, out: Uint8Array, at: number): number {
    const address = this.#addressOf(record);
    const start = this.#arena.offset(address);
    return copyBytes(
      this.#arena.block(address),
      start,
      start + this.#rows.half(record, LENGTH),
      out,
      at,
    );
  }

  /** A record's update, good until the next call. */
  read(record: number): Update {
    const address = this.#addressOf(record);
    const start = this.#arena.offset(address);
    parseBody(
      this.#arena.block(address),
      start,
      start + this.#rows.half(record, LENGTH),
      this.#stored,
    );
    return this.#stored;
  }

  /** True if the neighbour of this bit is known to have the record's version or a newer one. */
  isKnownTo(record: number, bit: number): boolean {
    return (this.#rows.word(record, KNOWN_TO) & bit) !== 0;
  }

  /**
   * Puts a record at the feed's end again, though it did not change: the one whose bit is `lost` has
   * it no more, and the one whose bit is `has` is known to have it.
   */
  announce(record: number, lost: number, has: number): void {
    const rows = this.#rows;
    rows.setWord(record, KNOWN_TO, rows.word(record, KNOWN_TO) & ~lost | has);
    this.feed.moveToEnd(record);
  }

  /** Forgets what the neighbour of this bit has: it restarted and may have lost it. */
  forgetKnownTo(bit: number): void {
    const rows = this.#rows;
    for (let record = 1; record < rows.end; record++) {
      rows.setWord(record, KNOWN_TO, rows.word(record, KNOWN_TO) & ~bit);
    }
  }

  /** @throws {Error} If the number is no record's: whoever asks missed that it was dropped. */
  #addressOf(record: number): number {
    const address = this.#rows.word(record, ADDRESS);
    if (address === 0) throw new Error(`There is no record ${record}`);
    return address;
  }

  #find(bytes: Uint8Array, start: number, end: number, hash: number): number {
    this.#wantedBytes = bytes;
    this.#wantedStart = start;
    this.#wantedEnd = end;
    return this.#index.find(hash, this.#isWanted);
  }

  /** True if a record is this very update: equal in the order of updates means equal bytes. */
  #holds(record: number, { bytes, start, end }: Update): boolean {
    if (this.#rows.half(record, LENGTH) !== end - start) return false;
    const address = this.#rows.word(record, ADDRESS);
    const block = this.#arena.block(address);
    const shift = this.#arena.offset(address) - start;
    for (let i = start; i < end; i++) if (block[i + shift] !== bytes[i]) return false;
    return true;
  }

  #isOver(record: number): boolean {
    return this.isExpired(record) ||
      this.isRemoval(record) &&
        this.#rows.double(record, EFFECTIVE_SECONDS) < this.removalHorizon;
  }

  #lost(record: number, how: "older" | "tied"): Applied {
    return this.isRemoval(record) ? "removed" : how;
  }

  #refuse(): "full" {
    this.#refused++;
    return "full";
  }

  /** True if an update wants a larger piece than its client has, though memory is used up. */
  #outgrows(record: number, update: Update): boolean {
    if (this.#arena.byteLength < this.maxTextBytes) return false;
    const length = update.end - update.start;
    return length > ALWAYS_TAKEN_BYTES &&
      Arena.capacity(length) > Arena.capacity(this.#rows.half(record, LENGTH));
  }

  #add(update: Update, hash: number, from: Source): number {
    const record = this.#rows.take();
    this.#rows.setWord(record, HASH, hash);
    this.#write(record, update, from);
    this.#index.add(hash, record);
    this.#count++;
    return record;
  }

  #drop(record: number): void {
    for (const listener of this.#dropListeners) listener(record);
    this.feed.remove(record);
    this.#index.remove(this.#rows.word(record, HASH), record);
    this.#arena.free(this.#rows.word(record, ADDRESS), this.#rows.half(record, LENGTH));
    if (this.isRemoval(record)) this.#removals--;
    this.#rows.setWord(record, ADDRESS, 0);
    this.#rows.setHalf(record, FLAGS, 0);
    this.#count--;
    this.#rows.give(record);
  }

  #write(record: number, update: Update, from: Source): void {
    const rows = this.#rows;
    const { effective } = update;
    const length = update.end - update.start;
    copyBytes(
      update.bytes,
      update.start,
      update.end,
      this.#arena.block(this.#fit(record, length)),
      this.#arena.offset(rows.word(record, ADDRESS)),
    );
    rows.setHalf(record, LENGTH, length);
    rows.setHalf(record, CLIENT_START, update.clientStart - update.start);
    rows.setHalf(record, CLIENT_LENGTH, update.clientEnd - update.clientStart);
    rows.setDouble(record, EFFECTIVE_SECONDS, effective.seconds);
    rows.setWord(record, EFFECTIVE_NANOS, effective.nanos);
    const flags = (update.isClamped ? CLAMPED : 0) | (update.isRemoval ? REMOVAL : 0) |
      (from.isLate ? LATE : 0);
    this.#removals += ((flags & REMOVAL) - (rows.half(record, FLAGS) & REMOVAL)) / REMOVAL;
    rows.setHalf(record, FLAGS, flags);
    rows.setWord(record, KNOWN_TO, from.bit);
  }

  /** The address of a record's piece, which is another one now if the old one does not fit. */
  #fit(record: number, length: number): number {
    const address = this.#rows.word(record, ADDRESS);
    if (address !== 0) {
      const before = this.#rows.half(record, LENGTH);
      if (before === length || Arena.capacity(before) === Arena.capacity(length)) return address;
      this.#arena.free(address, before);
    }
    const fitting = this.#arena.allocate(length);
    this.#rows.setWord(record, ADDRESS, fitting);
    return fitting;
  }
}
