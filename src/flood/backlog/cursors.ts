// A follower's places in our feed. `live` runs ahead and gives fresh news; `backlog` comes behind and
// gives all the rest, in order. Where there is nothing but fresh news there is one cursor, the live one.

import type { FeedReader } from "../../store/feed.ts";
import type { Store } from "../../store/store.ts";

/** Two cursors in one feed, or one. */
export class Cursors implements Disposable {
  readonly #store: Store;
  readonly #live: FeedReader;
  #backlog: FeedReader | undefined;
  /** The live cursor's position when the cursors parted: all that is fresh after it, that cursor gave or will. */
  #parting = 0;
  /** The feed's end when the follower came. */
  readonly #end: number;
  /** True for records up to `#end` that the follower has. */
  #isHad: (record: number) => boolean = () => false;

  /**
   * For a follower that resumes at position `start`: what is there by now is a backlog, what comes
   * from now on is fresh. Both cursors are placed in one turn, so no change falls between them.
   */
  constructor(store: Store, start: number) {
    const { feed } = store;
    this.#store = store;
    this.#end = feed.end;
    this.#live = feed.readFrom(feed.end);
    if (start < feed.end) this.#part(start);
  }

  /** Every change up to this position was given, or was superseded by one that was or will be. */
  get position(): number {
    return (this.#backlog ?? this.#live).position;
  }

  /** The position that the live cursor has come to: every fresh change up to it was given. */
  get livePosition(): number {
    return this.#live.position;
  }

  /** True while there is a backlog. */
  get hasBacklog(): boolean {
    return this.#backlog !== undefined;
  }

  /** True if there is nothing fresh to give now. */
  get isLiveAtEnd(): boolean {
    return this.#live.isAtEnd;
  }

  /** Passes over what the follower has of the backlog that was there when it came. */
  passOver(isHad: (record: number) => boolean): void {
    this.#isHad = isHad;
  }

  /** The next fresh record, or 0 when there is none. Gives up after `most` others, and counts them. */
  nextFresh(skips: Skips): number {
    const store = this.#store;
    for (; skips.left > 0; skips.left--) {
      const record = this.#live.peek();
      if (record === 0) break;
      const isLate = store.isLate(record);
      if (isLate && this.#backlog === undefined) this.#part(this.#live.position);
      this.#live.next();
      if (!isLate) return record;
    }
    if (this.#live.peek() === 0) this.#live.next();
    return 0;
  }

  /** The next record of the backlog, or 0 when there is none. Gives up like `nextFresh`. */
  nextLate(skips: Skips): number {
    const { feed } = this.#store;
    for (; this.#backlog !== undefined && skips.left > 0; skips.left--) {
      const record = this.#backlog.peek();
      const position = record === 0 ? Infinity : feed.positionOf(record);
      if (position > this.#live.position) {
        this.#unite();
        break;
      }
      this.#backlog.next();
      if (position <= this.#end && this.#isHad(record)) continue;
      if (position <= this.#parting || this.#store.isLate(record)) return record;
    }
    return 0;
  }

  [Symbol.dispose](): void {
    this.#unite();
    this.#live[Symbol.dispose]();
  }

  #part(start: number): void {
    this.#backlog = this.#store.feed.readFrom(start);
    this.#parting = this.#live.position;
  }

  /** The backlog is through: every record that is left is beyond the live cursor. */
  #unite(): void {
    this.#backlog?.[Symbol.dispose]();
    this.#backlog = undefined;
    this.#isHad = () => false;
  }
}

/** The number of records that may still be passed over in this turn. */
export interface Skips {
  left: number;
}
