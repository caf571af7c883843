// Watches of areas: clients that come in, move and leave. One reader of the feed serves all watches: each
// change is held against the areas of its cell, and marks its record for those that it concerns. A watch
// looks at what is marked when its client takes more, so one that is slow misses only what was superseded.

import { enlarged, lengthFor } from "../../base/buffers.ts";
import type { FeedReader } from "../../store/feed.ts";
import type { Store } from "../../store/store.ts";
import type { Pace } from "../turns/pace.ts";
import type { Area } from "./area.ts";
import { AreaCells } from "./area_cells.ts";
import { catchUp } from "./catch_up.ts";
import { HorizonWatch } from "./horizon_watch.ts";
import { RecordLocation } from "./record_location.ts";

/** The most watches at one time: a bit of each record is one watch's. */
export const MAX_WATCHES = 128;

const WORD_BITS = 32;
const WORDS = MAX_WATCHES / WORD_BITS;

/** Marked records that a watch keeps in order. With more it looks for them among all records. */
const MAX_QUEUE = 16_384;

/** Records in one piece of work: some 0.1 ms. */
const RECORDS_A_PIECE = 64;
const BITS_A_PIECE = 8_192;

/** State of a record for a watch. */
export type Sight = "enter" | "move" | "leave" | "forget";

/** Takes what a watch sees. */
export interface Watcher {
  readonly area: Area;
  /** True for the records that are watched at all. */
  wants(record: number): boolean;
  /** Called in {@link AreaWatches.look} with a record, which is there; false for enough. */
  see(sight: Sight, record: number): boolean;
  /** Called with a record that was in the area, just before it is dropped. */
  lose(record: number): void;
}

/** Bits for each record, one for each watch. */
class Marks {
  #words = new Uint32Array(1024 * WORDS);

  has(record: number, slot: number): boolean {
    return ((this.#words[record * WORDS + (slot >>> 5)] ?? 0) >>> (slot & 31) & 1) === 1;
  }

  word(record: number, index: number): number {
    return this.#words[record * WORDS + index] ?? 0;
  }

  set(record: number, slot: number, isSet: boolean): void {
    const at = record * WORDS + (slot >>> 5);
    if (at >= this.#words.length) {
      if (!isSet) return;
      this.#words = enlarged(this.#words, lengthFor(at));
    }
    const bit = 1 << (slot & 31);
    if (isSet) this.#words[at]! |= bit;
    else this.#words[at]! &= ~bit;
  }

  /** Sets no bit of a watch any more. */
  clear(slot: number): void {
    const bit = 1 << (slot & 31);
    for (let at = slot >>> 5; at < this.#words.length; at += WORDS) this.#words[at]! &= ~bit;
  }
}

interface Watch {
  readonly slot: number;
  readonly area: Area;
  readonly watcher: Watcher;
  /** Marked records in the order in which they were marked. */
  queue: number[];
  /** True if more are marked than are in the queue. */
  overflows: boolean;
}

/** All watches of a server. */
export class AreaWatches implements Disposable {
  readonly #store: Store;
  readonly #pace: Pace;
  readonly #cells = new AreaCells<Watch>();
  readonly #slots: (Watch | undefined)[] = Array.from({ length: MAX_WATCHES }, () => undefined);
  readonly #location = new RecordLocation();
  readonly #horizon: HorizonWatch;
  readonly #forgetDrops: () => void;
  /** Records whose client was told that they are in the area; records to look at. */
  #told = new Marks();
  #marked = new Marks();
  #reader: FeedReader | undefined;
  #count = 0;
  #reading: Promise<number> | undefined;

  /** Watches this store, at the pace of its server. */
  constructor(store: Store, pace: Pace) {
    this.#store = store;
    this.#pace = pace;
    this.#horizon = new HorizonWatch(store);
    this.#forgetDrops = store.onDrop((record) => this.#drop(record));
  }

  /** Begins a watch of what changes from now on; undefined if there are too many. */
  add(watcher: Watcher): WatchHandle | undefined {
    const slot = this.#slots.indexOf(undefined);
    if (slot < 0) return undefined;
    const { area } = watcher;
    const watch: Watch = { slot, area, watcher, queue: [], overflows: false };
    this.#slots[slot] = watch;
    this.#cells.add(watch);
    this.#reader ??= this.#store.feed.readFrom(this.#store.feed.end);
    this.#count++;
    let isOpen = true;
    return {
      isOpen: () => isOpen,
      mark: (record) => this.#mark(watch, record),
      assumeTold: (record) => this.#told.set(record, slot, true),
      look: () => this.#look(watch, () => isOpen),
      [Symbol.dispose]: () => {
        if (!isOpen) return;
        isOpen = false;
        this.#remove(watch);
      },
    };
  }

  /** Ends all. */
  [Symbol.dispose](): void {
    this.#forgetDrops();
    this.#reader?.[Symbol.dispose]();
    this.#reader = undefined;
  }

  #remove(watch: Watch): void {
    this.#slots[watch.slot] = undefined;
    this.#cells.remove(watch);
    if (--this.#count > 0) {
      this.#told.clear(watch.slot);
      this.#marked.clear(watch.slot);
      return;
    }
    this.#told = new Marks();
    this.#marked = new Marks();
    this.#reader?.[Symbol.dispose]();
    this.#reader = undefined;
  }

  #mark(watch: Watch, record: number): void {
    if (this.#marked.has(record, watch.slot)) return;
    this.#marked.set(record, watch.slot, true);
    if (watch.queue.length < MAX_QUEUE) watch.queue.push(record);
    else watch.overflows = true;
  }

  /** Reads the feed on to its end for all watches; its position. */
  #read(): Promise<number> {
    return this.#reading ??= this.#readOn().finally(() => this.#reading = undefined);
  }

  async #readOn(): Promise<number> {
    const { feed } = this.#store;
    if (this.#horizon.hasGoneBack()) {
      this.#reader?.[Symbol.dispose]();
      this.#reader = feed.readFrom(0);
    }
    const reader = this.#reader;
    if (reader === undefined) return feed.end;
    return await catchUp(reader, {
      pace: this.#pace,
      take: (record) => this.#take(record),
      atEnd: () => feed.end,
    });
  }

  #take(record: number): void {
    this.#horizon.look();
    for (let index = 0; index < WORDS; index++) {
      for (let word = this.#told.word(record, index); word !== 0; word &= word - 1) {
        const bit = WORD_BITS - 1 - Math.clz32(word & -word);
        const watch = this.#slots[index * WORD_BITS + bit];
        if (watch !== undefined) this.#mark(watch, record);
      }
    }
    if (!this.#store.isLocated(record)) return;
    const point = this.#location.read(this.#store, record);
    for (const watch of this.#cells.at(point)) {
      if (watch.area.contains(point)) this.#mark(watch, record);
    }
  }

  #drop(record: number): void {
    for (const watch of this.#slots) {
      if (watch === undefined) continue;
      const { slot, watcher } = watch;
      if (this.#told.has(record, slot)) watcher.lose(record);
      this.#told.set(record, slot, false);
      this.#marked.set(record, slot, false);
    }
  }

  /** Shows a watch what is marked, until it has enough; the position up to which it has seen everything. */
  async #look(watch: Watch, isOpen: () => boolean): Promise<number | undefined> {
    const end = await this.#read();
    for (let seen = 0; isOpen(); seen++) {
      if (seen % RECORDS_A_PIECE === RECORDS_A_PIECE - 1) await this.#pace.pause();
      if (!isOpen()) return undefined;
      if (seen >= watch.queue.length) {
        watch.queue = [];
        seen = -1;
        if (!watch.overflows) return end;
        await this.#refill(watch, isOpen);
        continue;
      }
      if (this.#show(watch, watch.queue[seen]!)) continue;
      watch.queue.splice(0, seen + 1);
      return watch.queue.length === 0 && !watch.overflows ? end : undefined;
    }
    return undefined;
  }

  /** Puts marked records that are in no queue into it. */
  async #refill(watch: Watch, isOpen: () => boolean): Promise<void> {
    watch.overflows = false;
    const queued = new Set(watch.queue);
    for (let record = 1; record < this.#store.recordsEnd; record++) {
      if (record % BITS_A_PIECE === 0) {
        await this.#pace.pause();
        if (!isOpen()) return;
      }
      if (!this.#marked.has(record, watch.slot) || queued.has(record)) continue;
      if (watch.queue.length >= MAX_QUEUE) {
        watch.overflows = true;
        return;
      }
      watch.queue.push(record);
    }
  }

  /** Shows a marked record as it is now; false if the watcher has enough. */
  #show({ slot, area, watcher }: Watch, record: number): boolean {
    if (!this.#marked.has(record, slot)) return true;
    this.#marked.set(record, slot, false);
    const isLocated = this.#store.isLocated(record);
    const isIn = isLocated && watcher.wants(record) &&
      area.contains(this.#location.read(this.#store, record));
    const wasIn = this.#told.has(record, slot);
    if (!isIn && !wasIn) return true;
    this.#told.set(record, slot, isIn);
    if (isIn) return watcher.see(wasIn ? "move" : "enter", record);
    return watcher.see(isLocated ? "leave" : "forget", record);
  }
}

/** A watch that runs; disposed of, it ends. */
export interface WatchHandle extends Disposable {
  isOpen(): boolean;
  /** Has a record looked at, though it did not change. */
  mark(record: number): void;
  /** Takes it that the client knows of a record that is in the area. */
  assumeTold(record: number): void;
  /**
   * Shows what has changed in the area since the last look, until the watcher has enough. Resolves with the
   * position of the feed up to which it has seen everything; with undefined if there is more.
   */
  look(): Promise<number | undefined>;
}
