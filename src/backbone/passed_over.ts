// Records that the stream does not take, each for as long as it does not change.

import { MAX_BODY_BYTES } from "../protocol/update.ts";
import { STREAM_BIT } from "../store/known_to.ts";
import type { Store } from "../store/store.ts";

/** Records that are passed over, by their position in the feed. */
export class PassedOver {
  readonly #store: Store;
  readonly #positions = new Map<number, number>();

  constructor(store: Store) {
    this.#store = store;
  }

  /** Passes over a record's present version. */
  add(record: number): void {
    this.#positions.set(record, this.#store.feed.positionOf(record));
  }

  /** True while the version that was refused is the present one. */
  has(record: number): boolean {
    if (this.#positions.size === 0) return false;
    return this.#positions.get(record) === this.#store.feed.positionOf(record);
  }

  /** Number of records that are passed over now. */
  get count(): number {
    for (const record of this.#positions.keys()) {
      if (!this.has(record) || this.#store.isExpired(record)) this.#positions.delete(record);
    }
    return this.#positions.size;
  }

  /**
   * The stream takes messages of up to `maxBytes`, and took `before` when positions were saved: what
   * is too long now is passed over, and what was and is no more is given to be published.
   */
  async refit(maxBytes: number, before: number, nextTurn: () => Promise<unknown>): Promise<void> {
    if (Math.min(maxBytes, before) >= MAX_BODY_BYTES) return;
    const store = this.#store;
    const { end } = store.feed;
    using reader = store.feed.readFrom(0);
    for (let count = 1;; count++) {
      const record = reader.next();
      if (record === 0 || store.feed.positionOf(record) > end) return;
      const bytes = store.bodyLength(record);
      if (bytes > maxBytes) {
        if (!store.isKnownTo(record, STREAM_BIT)) this.add(record);
      } else if (bytes > before || this.has(record)) {
        this.#positions.delete(record);
        if (!store.isKnownTo(record, STREAM_BIT)) store.announce(record, STREAM_BIT, 0);
      }
      if (count % RECORDS_A_TURN === 0) await nextTurn();
    }
  }
}

/** Records that are looked at in one turn; then clients have theirs. */
const RECORDS_A_TURN = 10_000;
