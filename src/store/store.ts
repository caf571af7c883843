// The records of one server: the newest known update of each client, as a structure of arrays.
// `apply` is the only way in, whether a client, a neighbour or a file brings the update.

import { copyBytes } from "../protocol/bytes.ts";
import { compareUpdates, parseBody, Update } from "../protocol/update.ts";
import { Arena } from "./arena.ts";
import { Feed, type FeedStart } from "./feed.ts";
import { hashBytes, IdIndex } from "./id_index.ts";
import { release } from "./memory.ts";

const FIRST_CAPACITY = 1024;

/** Flags of a record: its effective time is not its own time; it is a removal. */
const CLAMPED = 1;
const REMOVAL = 2;

/** A record of this many bytes is always taken from a client that is in the store already. */
const ALWAYS_TAKEN_BYTES = 256;

/** What `apply` did with an update. An expired one is older than all that is kept. */
export type Applied = "newer" | "same" | "older" | "full";

/** The newest update of each client, and the feed of its changes. */
export class Store {
  readonly feed: Feed;
  /**
   * POSIX seconds: updates whose effective time is before it are expired. They are refused, not
   * shown and not sent, and `sweep` drops them. 0 keeps everything.
   */
  horizon = 0;
  /** With so many records, no new client is taken from a client. */
  maxRecords = Infinity;
  /** With so many bytes of texts neither, nor a longer text than a client's is, unless it is short. */
  maxTextBytes = Infinity;
  #refused = 0;
  #count = 0;
  #removals = 0;

  // Columns, by record number. Number 0 is none; readers of the feed borrow numbers too.
  #addresses = new Uint32Array(FIRST_CAPACITY);
  #lengths = new Uint16Array(FIRST_CAPACITY);
  #clientStarts = new Uint16Array(FIRST_CAPACITY);
  #clientLengths = new Uint16Array(FIRST_CAPACITY);
  #hashes = new Uint32Array(FIRST_CAPACITY);
  #effectiveSeconds = new Float64Array(FIRST_CAPACITY);
  #effectiveNanos = new Uint32Array(FIRST_CAPACITY);
  /** CLAMPED and REMOVAL of a record. */
  #flags = new Uint8Array(FIRST_CAPACITY);
  /** Which neighbours are known to have this very version or a newer one, a bit each. */
  #knownTo = new Uint32Array(FIRST_CAPACITY);
  #freed: number[] = [];
  #nextRecord = 1;
  /** Where the next `sweep` goes on. */
  #swept = 0;

  readonly #arena = new Arena();
  readonly #index = new IdIndex((record) => this.#hashes[record]!);
  readonly #seed: number;
  readonly #stored = new Update();

  // What `#isWanted` compares with: a closure a call would be an object a line.
  #wantedBytes: Uint8Array = new Uint8Array(0);
  #wantedStart = 0;
  #wantedEnd = 0;
  readonly #isWanted = (record: number): boolean => {
    const length = this.#clientLengths[record]!;
    if (length !== this.#wantedEnd - this.#wantedStart) return false;
    const address = this.#addresses[record]!;
    const block = this.#arena.block(address);
    const start = this.#arena.offset(address) + this.#clientStarts[record]!;
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
    this.feed = new Feed(
      { id: feedId, ...former },
      () => this.#takeRecord(),
      (record) => this.#freed.push(record),
    );
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

  /** Whether clients may bring no new clients. */
  get isFull(): boolean {
    return this.#count >= this.maxRecords || this.#arena.byteLength >= this.maxTextBytes;
  }

  /** Number of records: clients, and removals that are kept so that they win over older news. */
  get records(): number {
    return this.#count;
  }

  /**
   * Takes over `update` if it is newer than what is stored. `knownTo` has the bit of the neighbour
   * that brought it, or 0. With `admitsTie` false it comes from a client: then an update whose time
   * equals the stored time is refused, as ties are for servers, and so is what a full store has no
   * room for. What neighbours send is always taken, or servers would differ.
   */
  apply(update: Update, knownTo: number, admitsTie: boolean): Applied {
    const { bytes, clientStart, clientEnd, effective } = update;
    if (effective.seconds < this.horizon) return "older";
    const hash = hashBytes(bytes, clientStart, clientEnd, this.#seed);
    const record = this.#find(bytes, clientStart, clientEnd, hash);
    if (record === 0) {
      if (!admitsTie && this.isFull) return this.#refuse();
      this.feed.append(this.#add(update, hash, knownTo));
      return "newer";
    }
    const order = effective.seconds - this.#effectiveSeconds[record]! ||
      effective.nanos - this.#effectiveNanos[record]!;
    if (order < 0) return "older";
    // Equal times are possible only at equal effective times, or where one of them was clamped.
    const isClose = order === 0 || (this.#flags[record]! & CLAMPED) !== 0 || update.isClamped;
    if (isClose) {
      const stored = this.read(record);
      if (
        !admitsTie && stored.time.seconds === update.time.seconds &&
        stored.time.nanos === update.time.nanos
      ) return "older";
      const fullOrder = compareUpdates(update, stored);
      if (fullOrder < 0) return "older";
      if (fullOrder === 0) {
        this.#knownTo[record]! |= knownTo;
        return "same";
      }
    }
    if (!admitsTie && this.#outgrows(record, update)) return this.#refuse();
    this.#write(record, update, knownTo);
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
    if (record === 0) record = this.#add(update, hash, 0);
    else {
      this.#write(record, update, 0);
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
    return this.isRemoval(record) || this.isExpired(record) ? 0 : record;
  }

  /** Whether a record says that the client was removed. */
  isRemoval(record: number): boolean {
    return (this.#flags[record]! & REMOVAL) !== 0;
  }

  /** Whether a record is past its time, though not dropped yet. */
  isExpired(record: number): boolean {
    return this.#effectiveSeconds[record]! < this.horizon;
  }

  /**
   * Looks at the next `limit` record numbers and drops what is expired; call it again and again to
   * come round. Returns how many records it dropped.
   */
  sweep(limit: number): number {
    if (this.horizon === 0) return 0;
    const before = this.#count;
    for (let i = Math.min(limit, this.#nextRecord - 1); i > 0; i--) {
      this.#swept = this.#swept + 1 < this.#nextRecord ? this.#swept + 1 : 1;
      if (this.#addresses[this.#swept] !== 0 && this.isExpired(this.#swept)) {
        this.#drop(this.#swept);
      }
    }
    return before - this.#count;
  }

  /** Bytes of a record's body (`<origin> <skew> <client> <location> <time>`). */
  bodyLength(record: number): number {
    return this.#lengths[record]!;
  }

  /** Copies a record's body to `out` at `at`; returns the offset after it. */
  copyBody(record: number, out: Uint8Array, at: number): number {
    const address = this.#addresses[record]!;
    const start = this.#arena.offset(address);
    return copyBytes(
      this.#arena.block(address),
      start,
      start + this.#lengths[record]!,
      out,
      at,
    );
  }

  /** A record's update, good until the next call. */
  read(record: number): Update {
    const address = this.#addresses[record]!;
    const start = this.#arena.offset(address);
    parseBody(
      this.#arena.block(address),
      start,
      start + this.#lengths[record]!,
      this.#stored,
    );
    return this.#stored;
  }

  /** Whether the neighbour of this bit is known to have the record's version or a newer one. */
  isKnownTo(record: number, bit: number): boolean {
    return (this.#knownTo[record]! & bit) !== 0;
  }

  /** Forgets what the neighbour of this bit has: it restarted and may have lost it. */
  forgetKnownTo(bit: number): void {
    const keep = ~bit;
    for (let record = 1; record < this.#nextRecord; record++) this.#knownTo[record]! &= keep;
  }

  #find(bytes: Uint8Array, start: number, end: number, hash: number): number {
    this.#wantedBytes = bytes;
    this.#wantedStart = start;
    this.#wantedEnd = end;
    return this.#index.find(hash, this.#isWanted);
  }

  #refuse(): "full" {
    this.#refused++;
    return "full";
  }

  /** Whether an update wants a larger piece than its client has, though memory is used up. */
  #outgrows(record: number, update: Update): boolean {
    if (this.#arena.byteLength < this.maxTextBytes) return false;
    const length = update.end - update.start;
    return length > ALWAYS_TAKEN_BYTES &&
      Arena.capacity(length) > Arena.capacity(this.#lengths[record]!);
  }

  #add(update: Update, hash: number, knownTo: number): number {
    const record = this.#takeRecord();
    this.#hashes[record] = hash;
    this.#write(record, update, knownTo);
    this.#index.add(hash, record);
    this.#count++;
    return record;
  }

  #drop(record: number): void {
    this.feed.remove(record);
    this.#index.remove(this.#hashes[record]!, record);
    this.#arena.free(this.#addresses[record]!, this.#lengths[record]!);
    if (this.isRemoval(record)) this.#removals--;
    this.#addresses[record] = 0;
    this.#flags[record] = 0;
    this.#count--;
    this.#freed.push(record);
  }

  #write(record: number, update: Update, knownTo: number): void {
    const length = update.end - update.start;
    let address = this.#addresses[record]!;
    if (address === 0 || Arena.capacity(length) !== Arena.capacity(this.#lengths[record]!)) {
      if (address !== 0) this.#arena.free(address, this.#lengths[record]!);
      address = this.#addresses[record] = this.#arena.allocate(length);
    }
    copyBytes(
      update.bytes,
      update.start,
      update.end,
      this.#arena.block(address),
      this.#arena.offset(address),
    );
    this.#lengths[record] = length;
    this.#clientStarts[record] = update.clientStart - update.start;
    this.#clientLengths[record] = update.clientEnd - update.clientStart;
    this.#effectiveSeconds[record] = update.effective.seconds;
    this.#effectiveNanos[record] = update.effective.nanos;
    const flags = (update.isClamped ? CLAMPED : 0) | (update.isRemoval ? REMOVAL : 0);
    this.#removals += ((flags & REMOVAL) - (this.#flags[record]! & REMOVAL)) / REMOVAL;
    this.#flags[record] = flags;
    this.#knownTo[record] = knownTo;
  }

  #takeRecord(): number {
    const freed = this.#freed.pop();
    if (freed !== undefined) return freed;
    if (this.#nextRecord === this.#addresses.length) this.#grow();
    return this.#nextRecord++;
  }

  #grow(): void {
    const capacity = this.#addresses.length * 2;
    this.#addresses = enlarged(this.#addresses, new Uint32Array(capacity));
    this.#lengths = enlarged(this.#lengths, new Uint16Array(capacity));
    this.#clientStarts = enlarged(this.#clientStarts, new Uint16Array(capacity));
    this.#clientLengths = enlarged(this.#clientLengths, new Uint16Array(capacity));
    this.#hashes = enlarged(this.#hashes, new Uint32Array(capacity));
    this.#effectiveSeconds = enlarged(this.#effectiveSeconds, new Float64Array(capacity));
    this.#effectiveNanos = enlarged(this.#effectiveNanos, new Uint32Array(capacity));
    this.#flags = enlarged(this.#flags, new Uint8Array(capacity));
    this.#knownTo = enlarged(this.#knownTo, new Uint32Array(capacity));
    this.feed.reserve(capacity);
  }
}

type Column =
  | Uint8Array<ArrayBuffer>
  | Uint16Array<ArrayBuffer>
  | Uint32Array<ArrayBuffer>
  | Float64Array<ArrayBuffer>;

function enlarged<T extends Column>(from: T, to: T): T {
  to.set(from);
  release(from);
  return to;
}
