// How often a figure was how large: counts by buckets, plain numbers that cost next to nothing to
// keep. The forms that monitoring systems want are made of it when they ask (../http/metrics).

/** Upper bounds for times in seconds: from what a reply takes to what nobody should wait. */
export const SECONDS_BOUNDS: readonly number[] = [
  0.000_1,
  0.000_25,
  0.000_5,
  0.001,
  0.002_5,
  0.005,
  0.01,
  0.025,
  0.05,
  0.1,
  0.25,
  0.5,
  1,
  2.5,
  5,
  10,
];

/** Counts of observations by bucket. */
export class Histogram {
  /** The greatest value of each bucket, ascending; one more bucket takes what is over the last. */
  readonly bounds: readonly number[];
  /** Observations in each bucket, not cumulated; one longer than `bounds`. */
  readonly counts: number[];
  /** The sum of all observed values. */
  sum = 0;

  /** A histogram with nothing in it. */
  constructor(bounds: readonly number[] = SECONDS_BOUNDS) {
    this.bounds = bounds;
    this.counts = Array.from({ length: bounds.length + 1 }, () => 0);
  }

  /** Number of observed values. */
  get count(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  /** Each bound with the count of values up to it; the last bound is Infinity. */
  *cumulated(): Iterable<[bound: number, count: number]> {
    let cumulated = 0;
    for (const [bucket, count] of this.counts.entries()) {
      cumulated += count;
      yield [this.bounds[bucket] ?? Infinity, cumulated];
    }
  }

  /** Counts a value. Small ones, which are the most, are found first. */
  observe(value: number): void {
    const { bounds } = this;
    let bucket = 0;
    while (bucket < bounds.length && value > bounds[bucket]!) bucket++;
    this.counts[bucket]!++;
    this.sum += value;
  }
}

/**
 * The value below which a share (0 to 1) of the counted values lies, taken as spread evenly within
 * its bucket; undefined for no values. Of the bucket without a bound it is the last bound.
 */
export function shareOf(
  bounds: readonly number[],
  counts: readonly number[],
  share: number,
): number | undefined {
  const wanted = share * counts.reduce((sum, count) => sum + count, 0);
  if (wanted === 0) return undefined;
  let below = 0;
  for (const [bucket, bound] of bounds.entries()) {
    const count = counts[bucket]!;
    if (count > 0 && below + count >= wanted) {
      const least = bounds[bucket - 1] ?? 0;
      return least + (bound - least) * (wanted - below) / count;
    }
    below += count;
  }
  return bounds.at(-1);
}
