// How old positions of the feed are, from looks at its end now and then: nothing is noted when a
// change is made. For the lag of readers in seconds.

const MAX_LOOKS = 512;

/** Times at which the feed's end was at certain positions. */
export class PositionAges {
  // Looks in the order of time; both ascend.
  readonly #positions: number[];
  readonly #timesMs: number[];

  /** The feed ends at `position` now. */
  constructor(position: number, nowMs: number) {
    this.#positions = [position];
    this.#timesMs = [nowMs];
  }

  /** Notes where the feed ends now. */
  look(position: number, nowMs: number): void {
    const last = this.#positions.length - 1;
    if (position === this.#positions[last]) {
      this.#timesMs[last] = nowMs;
      return;
    }
    this.#positions.push(position);
    this.#timesMs.push(nowMs);
    if (this.#positions.length > MAX_LOOKS) this.#thinOut();
  }

  /**
   * Seconds since the oldest change after `position` was made, at most: as exact as looks are
   * frequent, less so for what is long ago. 0 if there was none by the last look.
   */
  secondsBehind(position: number, nowMs: number): number {
    if (position >= this.#positions.at(-1)!) return 0;
    let low = 0;
    let high = this.#positions.length;
    while (high - low > 1) {
      const middle = (low + high) >>> 1;
      if (this.#positions[middle]! <= position) low = middle;
      else high = middle;
    }
    return (nowMs - this.#timesMs[low]!) / 1000;
  }

  /** Forgets every second one of the older half. */
  #thinOut(): void {
    const half = MAX_LOOKS / 2;
    let kept = 0;
    for (let index = 0; index < this.#positions.length; index++) {
      if (index < half && index % 2 === 1) continue;
      this.#positions[kept] = this.#positions[index]!;
      this.#timesMs[kept++] = this.#timesMs[index]!;
    }
    this.#positions.length = this.#timesMs.length = kept;
  }
}
