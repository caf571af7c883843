// The metrics as Prometheus scrapes them: names and values from the catalogue, the text by prom-client.

import { Counter, Gauge, Registry } from "prom-client";
import type { Histogram } from "../../base/histogram.ts";
import type { Distribution, Figure, Metric } from "./catalogue.ts";

/** A registry whose metrics are read when it is. */
export function registryOf(metrics: readonly Metric[]): Registry {
  const registry = new Registry();
  for (const metric of metrics) {
    if (metric.kind === "histogram") addDistribution(metric, registry);
    else addFigure(metric, registry);
  }
  return registry;
}

function addFigure({ kind, name, help, labels, read }: Figure, registry: Registry): void {
  const configuration = {
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
    collect(this: Counter | Gauge) {
      this.reset();
      for (const { labels = {}, value } of read()) this.inc({ ...labels }, value);
    },
  };
  if (kind === "counter") new Counter(configuration);
  else new Gauge(configuration);
}

/** prom-client's own histograms count by themselves; this one gives what was counted already. */
function addDistribution({ name, help, read }: Distribution, registry: Registry): void {
  const metric = {
    name,
    help,
    type: "histogram",
    get: () =>
      Promise.resolve({
        name,
        help,
        type: "histogram",
        values: [...read()].flatMap(({ labels = {}, histogram }) =>
          valuesOf(name, labels, histogram)
        ),
        aggregator: "sum",
      }),
  };
  registry.registerMetric(metric as unknown as Counter);
}

function valuesOf(name: string, labels: object, { bounds, counts, sum }: Histogram) {
  let cumulated = 0;
  const buckets = counts.map((count, bucket) => ({
    metricName: `${name}_bucket`,
    labels: { ...labels, le: bounds[bucket] ?? "+Inf" },
    value: cumulated += count,
  }));
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: cumulated },
  ];
}
