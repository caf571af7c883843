// The form of a metric, and the makers that the catalogue uses.

import type { Histogram } from "../../base/histogram.ts";

/** Names and values of what a sample is of. */
export type Labels = Readonly<Record<string, string>>;

/** A figure now. */
export interface Sample {
  readonly labels?: Labels;
  readonly value: number;
}

/** A figure that only grows, or one that goes up and down. */
export interface Figure {
  readonly kind: "counter" | "gauge";
  /** In the form of Prometheus: unit in plural, `_total` for counters. */
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  read(): Iterable<Sample>;
}

/** A histogram of durations in seconds. */
export interface Distribution {
  readonly kind: "histogram";
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  read(): Iterable<{ readonly labels?: Labels; readonly histogram: Histogram }>;
}

/** Sources of the metrics. */
export type Metric = Figure | Distribution;

/** A figure of a kind. */
export function figure(
  kind: Figure["kind"],
  name: string,
  help: string,
  labels: readonly string[],
  read: () => Iterable<Sample>,
): Figure {
  return { kind, name, help, labels, read };
}

/** A figure that only grows. */
export function counter(
  name: string,
  help: string,
  labels: readonly string[],
  read: () => Iterable<Sample>,
): Figure {
  return figure("counter", name, help, labels, read);
}

/** A figure that goes up and down, without labels. */
export function gauge(name: string, help: string, read: () => number): Figure {
  return figure("gauge", name, help, [], () => [{ value: read() }]);
}

/** A histogram of durations in seconds. */
export function histogram(
  name: string,
  help: string,
  read: Distribution["read"],
  labels: readonly string[] = [],
): Distribution {
  return { kind: "histogram", name, help, labels, read };
}

/** A sample for each property, named by a label. */
export function entries(label: string, values: object): Sample[] {
  return Object.entries(values as Record<string, number>)
    .map(([key, value]) => ({ labels: { [label]: key }, value }));
}
