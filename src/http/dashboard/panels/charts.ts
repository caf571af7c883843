// Rates and latency over the last minutes.

import uPlot from "uplot";
import * as format from "../page/format.ts";
import type { Herd } from "../data/herd.ts";
import type { Theme } from "../page/theme.ts";

/** Seconds that are shown. */
const SHOWN = 180;

/** Two charts, one below the other. */
export class Charts {
  readonly #herd: Herd;
  readonly #parent: HTMLElement;
  readonly #times: number[] = [];
  readonly #updates: (number | null)[] = [];
  readonly #queries: (number | null)[] = [];
  readonly #median: (number | null)[] = [];
  readonly #p99: (number | null)[] = [];
  #charts: uPlot[] = [];

  constructor(herd: Herd, parent: HTMLElement) {
    this.#herd = herd;
    this.#parent = parent;
    new ResizeObserver(() => this.#resize()).observe(parent);
  }

  /** Draws anew in the colours of a theme. */
  setTheme(theme: Theme): void {
    for (const chart of this.#charts) chart.destroy();
    const shared = { theme, width: this.#width() };
    this.#charts = [
      chart(
        "Requests a second, all servers",
        [
          { label: "IAMAT", color: theme.accent },
          { label: "WHATSAT", color: theme.late },
        ],
        format.rate,
        shared,
      ),
      chart(
        "Time to reply",
        [
          { label: "median", color: theme.accent },
          { label: "p99", color: theme.late },
        ],
        (it) => format.delay(it),
        shared,
      ),
    ].map((options) => new uPlot(options, [[], [], []], this.#parent));
    this.#show();
  }

  /** Adds the present rates. */
  update(): void {
    this.#times.push(Date.now() / 1000);
    const { updates, queries } = this.#herd.total;
    this.#updates.push(updates);
    this.#queries.push(queries);
    this.#median.push(this.#herd.quantile(0.5) ?? null);
    this.#p99.push(this.#herd.quantile(0.99) ?? null);
    const all = [this.#times, this.#updates, this.#queries, this.#median, this.#p99];
    for (const values of all) values.splice(0, values.length - SHOWN);
    this.#show();
  }

  #show(): void {
    const [rates, latency] = this.#charts;
    rates?.setData([this.#times, this.#updates, this.#queries]);
    latency?.setData([this.#times, this.#median, this.#p99]);
  }

  #width(): number {
    return Math.max(120, this.#parent.clientWidth);
  }

  #resize(): void {
    for (const chart of this.#charts) chart.setSize({ width: this.#width(), height: chart.height });
  }
}

function chart(
  title: string,
  series: readonly { readonly label: string; readonly color: string }[],
  value: (value: number) => string,
  { theme, width }: { readonly theme: Theme; readonly width: number },
): uPlot.Options {
  const axis = {
    stroke: theme.muted,
    grid: { stroke: theme.graticule, width: 1 },
    ticks: { show: false },
    font: "11px system-ui, sans-serif",
  };
  return {
    title,
    width,
    height: 130,
    padding: [8, 4, 0, 0],
    cursor: { y: false, points: { size: 6 } },
    legend: { live: true, markers: { width: 0 } },
    scales: {
      x: { range: (_, __, max) => [max - SHOWN, max] },
      y: { range: (_, __, max) => [0, max > 0 ? max * 1.15 : 1] },
    },
    axes: [
      { ...axis, size: 24, space: 70, values: (_, ticks) => ticks.map(clock) },
      { ...axis, size: 52, space: 28, values: (_, ticks) => ticks.map(value) },
    ],
    series: [
      { label: "", value: (_, seconds) => seconds === null ? "" : clock(seconds) },
      ...series.map(({ label, color }) => ({
        label,
        stroke: color,
        width: 1.5,
        points: { show: false },
        value: (_: uPlot, it: number | null) => it === null ? "–" : value(it),
      })),
    ],
  };
}

function clock(seconds: number): string {
  return new Date(seconds * 1000).toTimeString().slice(0, 8);
}
