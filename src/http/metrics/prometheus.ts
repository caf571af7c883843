// The metrics as Prometheus scrapes them: its text format, version 0.0.4.
// https://prometheus.io/docs/instrumenting/exposition_formats/

import type { Labels, Metric } from "./metric.ts";

/** The media type of `prometheusText`. */
export const PROMETHEUS_MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** The present values of the metrics. A metric that has none is left out with its name. */
export function prometheusText(metrics: Iterable<Metric>): string {
  let text = "";
  for (const metric of metrics) {
    const samples = samplesOf(metric);
    if (samples === "") continue;
    const { name, help, kind } = metric;
    text += `# HELP ${name} ${escapeHelp(help)}\n# TYPE ${name} ${kind}\n${samples}`;
  }
  return text;
}

/** A number as the format has it: `+Inf`, `-Inf`, `NaN`, or as JavaScript prints it. */
export function numberText(value: number): string {
  if (value === Infinity) return "+Inf";
  return value === -Infinity ? "-Inf" : String(value);
}

function samplesOf(metric: Metric): string {
  const { name } = metric;
  let lines = "";
  if (metric.kind !== "histogram") {
    for (const { labels, value } of metric.read()) lines += sampleLine(name, value, labels);
    return lines;
  }
  for (const { labels, histogram } of metric.read()) {
    for (const [bound, count] of histogram.cumulated()) {
      lines += sampleLine(`${name}_bucket`, count, { ...labels, le: numberText(bound) });
    }
    lines += sampleLine(`${name}_sum`, histogram.sum, labels);
    lines += sampleLine(`${name}_count`, histogram.count, labels);
  }
  return lines;
}

function sampleLine(name: string, value: number, labels: Labels = {}): string {
  const pairs = Object.entries(labels).map(([label, it]) => `${label}="${escapeLabel(it)}"`);
  const braces = pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
  return `${name}${braces} ${numberText(value)}\n`;
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}
