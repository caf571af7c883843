// The metrics as Deno exports them by OpenTelemetry (OTEL_DENO=true), under the names that Prometheus
// has for them: so dashboards and alerts serve both ways. Without OTEL_DENO this does nothing.

import type { Meter, ObservableResult } from "@opentelemetry/api";
import type { Distribution, Figure, Metric } from "./metric.ts";
import { numberText } from "./prometheus.ts";

/** Lets a meter read the metrics whenever it exports. */
export function observe(metrics: readonly Metric[], meter: Meter): void {
  for (const metric of metrics) {
    if (metric.kind === "histogram") observeDistribution(metric, meter);
    else observeFigure(metric, meter);
  }
}

function observeFigure({ kind, name, help: description, read }: Figure, meter: Meter): void {
  const instrument = kind === "counter"
    ? meter.createObservableCounter(name, { description })
    : meter.createObservableGauge(name, { description });
  instrument.addCallback((result: ObservableResult) => {
    for (const { labels = {}, value } of read()) result.observe(value, labels);
  });
}

/**
 * The API takes single values for a histogram, not ones that were counted already: these go as the
 * counters that a histogram of Prometheus consists of.
 */
function observeDistribution({ name, help, read }: Distribution, meter: Meter): void {
  const part = (suffix: string) =>
    meter.createObservableCounter(`${name}_${suffix}`, { description: help });
  part("bucket").addCallback((result) => {
    for (const { labels = {}, histogram } of read()) {
      for (const [bound, count] of histogram.cumulated()) {
        result.observe(count, { ...labels, le: numberText(bound) });
      }
    }
  });
  part("sum").addCallback((result) => {
    for (const { labels = {}, histogram } of read()) result.observe(histogram.sum, labels);
  });
  part("count").addCallback((result) => {
    for (const { labels = {}, histogram } of read()) result.observe(histogram.count, labels);
  });
}
