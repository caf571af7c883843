// The change feed: a circular doubly linked list over record numbers, oldest change first. A record
// is in it once, at its latest position; a reader's place is a node of the same list, which stays
// when records around it move to the end.

import { WakeUp } from "../base/waiting.ts";
import { Milestones } from "./milestones.ts";
import { NEXT, POSITION, PREVIOUS, type Rows } from "./rows.ts";

/** Number of the list's anchor: before the first node and after the last. */
const ANCHOR = 0;

/** The place of a reader in some feed: it has everything of that feed up to the position. */
export interface FeedPosition {
  readonly feedId: string;
  readonly position: number;
}

/** A follower's position in a feed, saved with the records of the same instant. */
export interface Acknowledged {
  /** The run of the follower that said so: another one may have lost what it had. */
  readonly incarnation: string;
  readonly position: number;
}

/** A feed of a former run, up to its last position that is on the disk. */
export interface FormerFeed extends FeedPosition {
  /**
   * Positions of followers, by their names, if the run ended with a crash: entries beyond may
   * stand at other positions now. Undefined if it ended with a clean stop: then all of it stands.
   */
  readonly acknowledged?: ReadonlyMap<string, Acknowledged> | undefined;
}

/** A follower that asks where to go on. */
export interface Follower {
  readonly name: string;
  readonly incarnation: string;
}

/** Positions of records, in order. Positions are 1, 2, 3, ... and never used twice. */
export class Feed {
  /** Random name of this feed: a position means something only together with it. */
  readonly id: string;
  /** Feeds of former runs: this feed numbers on from the last of them, so their positions are good. */
  readonly formerFeeds: readonly FormerFeed[];
  #end: number;
  /** The nodes: records, and the places of readers, which have the position 0. */
  readonly #rows: Rows;
  readonly #milestones = new Milestones((record, position) => this.positionOf(record) === position);
  readonly #news = new WakeUp();

  /** `start` is the position after which to number; `rows` has the records and lends rows to readers. */
  constructor({ id, formerFeeds = [], start = 0 }: FeedStart, rows: Rows) {
    this.id = id;
    this.formerFeeds = formerFeeds;
    this.#end = start;
    this.#rows = rows;
  }

  /** The position of the newest change; 0 when there was none. */
  get end(): number {
    return this.#end;
  }

  /** The position of a record's latest change. */
  positionOf(record: number): number {
    return this.#rows.double(record, POSITION);
  }

  /** Puts a record that is not in the feed at its end. */
  append(record: number): void {
    this.#link(record, this.#rows.word(ANCHOR, PREVIOUS));
    this.#rows.setDouble(record, POSITION, ++this.#end);
    if (this.#end >= this.#milestones.next) this.#milestones.add(record, this.#end);
    this.#news.wake();
  }

  /**
   * Puts a record that is not in the feed behind all others, at a position that it had in a former
   * run: greater than theirs, and not over the end.
   */
  restore(record: number, position: number): void {
    this.#link(record, this.#rows.word(ANCHOR, PREVIOUS));
    this.#rows.setDouble(record, POSITION, position);
    if (position >= this.#milestones.next) this.#milestones.add(record, position);
  }

  /**
   * The position at which a follower that stands at `held` goes on: at its position if that means something here. Of a
   * feed that a crash ended it means no more than what the follower had acknowledged when the last
   * records were saved, and that only to the run of it that had. Else at 0.
   */
  resume(held: FeedPosition | undefined, follower?: Follower): number {
    if (held === undefined) return 0;
    const { feedId, position } = held;
    if (feedId === this.id) return position <= this.#end ? position : 0;
    const former = this.formerFeeds.find((it) => it.feedId === feedId);
    if (former === undefined) return 0;
    if (former.acknowledged === undefined) return position <= former.position ? position : 0;
    const saved = follower && former.acknowledged.get(follower.name);
    return saved?.incarnation === follower?.incarnation
      ? Math.min(position, saved?.position ?? 0)
      : 0;
  }

  /** Moves a record that changed to the end. */
  moveToEnd(record: number): void {
    this.#unlink(record);
    this.append(record);
  }

  /** Takes a record out of the feed. */
  remove(record: number): void {
    this.#unlink(record);
    this.#rows.setDouble(record, POSITION, 0);
  }

  /** A reader whose cursor is at `position` (0: the start): it will be given all after it. */
  readFrom(position: number): FeedReader {
    let node = this.#rows.take();
    let cursor = Math.min(position, this.#end);
    this.#rows.setDouble(node, POSITION, 0);
    this.#link(node, this.#nodeBefore(cursor));
    const isAtEnd = () => cursor === this.#end;
    const next = () => {
      // Of one that was disposed of, whose work was paced and goes on.
      if (node === ANCHOR) return 0;
      const record = this.#recordAfter(node);
      if (record === ANCHOR) {
        cursor = this.#end;
        return 0;
      }
      this.#unlink(node);
      this.#link(node, record);
      cursor = this.positionOf(record);
      return record;
    };
    const peek = () => this.#recordAfter(node);
    const dispose = () => {
      if (node === ANCHOR) return;
      this.#unlink(node);
      this.#rows.give(node);
      node = ANCHOR;
    };
    return {
      get position() {
        return cursor;
      },
      get isAtEnd() {
        return isAtEnd();
      },
      next,
      peek,
      [Symbol.dispose]: dispose,
    };
  }

  /** Calls `wake` once, at the next change, unless the returned function is called before. */
  onChange(wake: () => void): () => void {
    return this.#news.woken(wake);
  }

  #recordAfter(node: number): number {
    const rows = this.#rows;
    let at = rows.word(node, NEXT);
    while (at !== ANCHOR && rows.double(at, POSITION) === 0) at = rows.word(at, NEXT);
    return at;
  }

  /** The last node at or before a position, looked for from a milestone and from the end at once. */
  #nodeBefore(position: number): number {
    const rows = this.#rows;
    let front = rows.word(this.#milestones.before(position), NEXT);
    let back = rows.word(ANCHOR, PREVIOUS);
    for (;;) {
      if (front === ANCHOR || rows.double(front, POSITION) > position) {
        return rows.word(front, PREVIOUS);
      }
      const backPosition = rows.double(back, POSITION);
      if (back === ANCHOR || (backPosition <= position && backPosition !== 0)) return back;
      front = rows.word(front, NEXT);
      back = rows.word(back, PREVIOUS);
    }
  }

  #link(node: number, after: number): void {
    const rows = this.#rows;
    const before = rows.word(after, NEXT);
    rows.setWord(after, NEXT, node);
    rows.setWord(node, PREVIOUS, after);
    rows.setWord(node, NEXT, before);
    rows.setWord(before, PREVIOUS, node);
  }

  #unlink(node: number): void {
    const rows = this.#rows;
    const previous = rows.word(node, PREVIOUS);
    const next = rows.word(node, NEXT);
    rows.setWord(previous, NEXT, next);
    rows.setWord(next, PREVIOUS, previous);
  }
}

/** A cursor in the feed. */
export interface FeedReader extends Disposable {
  /** Every change up to this position was given, or was superseded by one that was or will be. */
  readonly position: number;
  /** True if there is nothing more to give now. */
  readonly isAtEnd: boolean;
  /** The next changed record, or 0 when there is none now. */
  next(): number;
  /** The same record without moving on to it. */
  peek(): number;
}

/** The beginning of a feed. */
export interface FeedStart {
  /** A new random name. */
  readonly id: string;
  /** Feeds of former runs that this one goes on from; none when left out. */
  readonly formerFeeds?: readonly FormerFeed[];
  /** The last position that one of them used; 0 when left out. */
  readonly start?: number;
}
