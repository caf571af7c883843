// A sparse index of the change feed: every 1,024th position and the record that stood there, so that a
// reader that begins in the middle does not walk through half of the feed.

/** Positions from one milestone to the next, at least. */
const STRIDE = 1_024;

/** At this many milestones the stale ones are dropped. */
const FIRST_LIMIT = 1_024;

/** At most this many are kept: 1 MB. */
const MAX_KEPT = 65_536;

/** Records by the positions that they had; ascending. A milestone is stale when its record moved. */
export class Milestones {
  #positions: number[] = [];
  #records: number[] = [];
  #limit = FIRST_LIMIT;
  readonly #isAt: (record: number, position: number) => boolean;
  /** The least position of the next milestone. */
  next = 0;

  /** `isAt` tells if a record stands at a position of the feed now. */
  constructor(isAt: (record: number, position: number) => boolean) {
    this.#isAt = isAt;
  }

  /** Adds a milestone; `position` is {@link next} or more. */
  add(record: number, position: number): void {
    this.#positions.push(position);
    this.#records.push(record);
    this.next = position + STRIDE;
    if (this.#positions.length >= this.#limit) this.#thinOut();
  }

  /** The record of the last milestone at or before a position; 0 if there is none. */
  before(position: number): number {
    let low = 0;
    let high = this.#positions.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#positions[middle]! <= position) low = middle + 1;
      else high = middle;
    }
    for (let at = low - 1; at >= 0; at--) {
      const record = this.#records[at]!;
      if (this.#isAt(record, this.#positions[at]!)) return record;
    }
    return 0;
  }

  /** Drops stale milestones, and every second one where too many are left. */
  #thinOut(): void {
    const isKept = (_: number, at: number) => this.#isAt(this.#records[at]!, this.#positions[at]!);
    const positions = this.#positions.filter(isKept);
    const records = this.#records.filter(isKept);
    const isTooMany = positions.length > MAX_KEPT / 2;
    const isSecond = (_: number, at: number) => at % 2 === 1;
    this.#positions = isTooMany ? positions.filter(isSecond) : positions;
    this.#records = isTooMany ? records.filter(isSecond) : records;
    this.#limit = Math.max(FIRST_LIMIT, 2 * this.#positions.length);
  }
}
