// Latencies as the generator counts them: buckets of nanoseconds, which can be added up over rounds
// without losing the rare slow ones.

/** How long replies took. */
export interface Histogram {
  /** The longest, in nanoseconds. */
  readonly max: number;
  /** The largest value of each bucket in nanoseconds, ascending, and how many fell into it. */
  readonly buckets: readonly (readonly [number, number])[];
}

/** Latencies in milliseconds. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly p999: number;
  readonly max: number;
}

/** A point of a distribution: so many percent took at most so many milliseconds. */
export type CurvePoint = readonly [percent: number, ms: number];

const NANOS_PER_MS = 1e6;

/** The sum of histograms. */
export function merge(histograms: readonly Histogram[]): Histogram {
  const counts = new Map<number, number>();
  for (const { buckets } of histograms) {
    for (const [end, count] of buckets) counts.set(end, (counts.get(end) ?? 0) + count);
  }
  return {
    max: Math.max(...histograms.map((it) => it.max)),
    buckets: [...counts].sort(([a], [b]) => a - b),
  };
}

/** The time in milliseconds within which `percent` of the replies came. */
export function percentile(histogram: Histogram, percent: number): number {
  const total = histogram.buckets.reduce((sum, [, count]) => sum + count, 0);
  let rest = total * percent / 100;
  for (const [end, count] of histogram.buckets) {
    rest -= count;
    if (rest <= 0) return Math.min(end, histogram.max) / NANOS_PER_MS;
  }
  return histogram.max / NANOS_PER_MS;
}

/** The usual figures. */
export function summarize(histogram: Histogram): Latency {
  return {
    p50: percentile(histogram, 50),
    p99: percentile(histogram, 99),
    p999: percentile(histogram, 99.9),
    max: histogram.max / NANOS_PER_MS,
  };
}

/** Points to draw the distribution with: denser towards the slow end, as far as samples go. */
export function curveOf(histogram: Histogram): CurvePoint[] {
  const total = histogram.buckets.reduce((sum, [, count]) => sum + count, 0);
  const points: CurvePoint[] = [];
  for (let step = 0;; step++) {
    const share = 10 ** (-step / 8);
    if (share * total < 1) return points;
    const percent = 100 * (1 - share);
    points.push([percent, percentile(histogram, percent)]);
  }
}
