// Rates and times to reply over the last ten minutes, with their present values beside their names, or
// those under the mouse.

import uPlot from "uplot";
import * as format from "../page/format.ts";
import type { Sample } from "../../api/status_schemas.ts";
import type { Theme } from "../page/theme.ts";

/** Seconds that are shown: what a server keeps. */
const SHOWN = 600;

interface Series {
  readonly label: string;
  readonly color: (theme: Theme) => string;
  readonly value: (sample: Sample) => number | null;
}

interface ChartKind {
  readonly title: (server: string) => string;
  readonly series: readonly Series[];
  readonly format: (value: number) => string;
}

const KINDS: readonly ChartKind[] = [
  {
    title: () => "Changes a second, whole herd",
    series: [{ label: "changes", color: (it) => it.accent, value: (it) => it.changes }],
    format: format.rate,
  },
  {
    title: (server) => `Time to reply, ${server}`,
    series: [
      { label: "median", color: (it) => it.accent, value: (it) => it.median },
      { label: "p99", color: (it) => it.late, value: (it) => it.p99 },
    ],
    format: format.delay,
  },
];

/** The charts, one below the other. */
export class Charts {
  readonly #parent: HTMLElement;
  #samples: Sample[] = [];
  #server = "";
  #theme: Theme | undefined;
  #charts: { readonly plot: uPlot; readonly kind: ChartKind; readonly legend: Legend }[] = [];

  constructor(parent: HTMLElement) {
    this.#parent = parent;
    new ResizeObserver(() => this.#resize()).observe(parent);
  }

  /** Begins with what a server has kept. */
  begin(server: string, samples: readonly Sample[]): void {
    this.#samples = [...samples];
    this.#server = server;
    this.#build();
  }

  /** Draws anew in the colours of a theme. */
  setTheme(theme: Theme): void {
    this.#theme = theme;
    this.#build();
  }

  /** Adds a sample, unless it is there. */
  add(sample: Sample): void {
    if (sample.time <= (this.#samples.at(-1)?.time ?? 0)) return;
    this.#samples.push(sample);
    if (this.#samples.length > SHOWN) this.#samples.shift();
    this.#show();
  }

  #build(): void {
    const theme = this.#theme;
    if (theme === undefined) return;
    for (const { plot } of this.#charts) plot.destroy();
    this.#parent.replaceChildren();
    this.#charts = KINDS.map((kind) => {
      const figure = document.createElement("figure");
      const legend = new Legend(kind, this.#server, theme);
      figure.append(legend.element);
      this.#parent.append(figure);
      const options = optionsOf(kind, theme, this.#width(), (index) => {
        legend.show(this.#samples.at(index ?? -1));
      });
      const empty = [[], ...kind.series.map(() => [])] as uPlot.AlignedData;
      return { plot: new uPlot(options, empty, figure), kind, legend };
    });
    this.#show();
  }

  #show(): void {
    const times = this.#samples.map((it) => it.time);
    for (const { plot, kind, legend } of this.#charts) {
      plot.setData([times, ...kind.series.map(({ value }) => this.#samples.map(value))]);
      legend.show(this.#samples.at(plot.cursor.idx ?? -1));
    }
  }

  #width(): number {
    return Math.max(120, this.#parent.clientWidth);
  }

  #resize(): void {
    for (const { plot } of this.#charts) {
      plot.setSize({ width: this.#width(), height: plot.height });
    }
  }
}

/** A chart's title and its values. */
class Legend {
  readonly element = document.createElement("figcaption");
  readonly #kind: ChartKind;
  readonly #values: readonly HTMLElement[];

  constructor(kind: ChartKind, server: string, theme: Theme) {
    this.#kind = kind;
    const title = document.createElement("span");
    title.textContent = kind.title(server);
    this.element.append(title);
    this.#values = kind.series.map(({ label, color }) => {
      const item = document.createElement("span");
      item.className = "value";
      const value = document.createElement("b");
      value.style.color = color(theme);
      item.append(kind.series.length > 1 ? `${label} ` : "", value);
      this.element.append(item);
      return value;
    });
  }

  show(sample: Sample | undefined): void {
    this.#kind.series.forEach(({ value }, i) => {
      const it = sample === undefined ? null : value(sample);
      this.#values[i]!.textContent = it === null ? "–" : this.#kind.format(it);
    });
  }
}

function optionsOf(
  { series, format }: ChartKind,
  theme: Theme,
  width: number,
  onCursor: (index: number | null | undefined) => void,
): uPlot.Options {
  const axis = {
    stroke: theme.muted,
    grid: { stroke: theme.graticule, width: 1 },
    ticks: { show: false },
    font: "11px system-ui, sans-serif",
  };
  return {
    width,
    height: 112,
    padding: [8, 16, 0, 0],
    cursor: { y: false, points: { size: 6 } },
    legend: { show: false },
    hooks: { setCursor: [(plot) => onCursor(plot.cursor.idx)] },
    scales: {
      x: { range: (_, __, max) => [max - SHOWN, max] },
      y: { range: (_, __, max) => [0, max > 0 ? max * 1.15 : 1] },
    },
    axes: [
      { ...axis, size: 24, space: 70, values: (_, ticks) => ticks.map(clock) },
      { ...axis, size: 52, space: 28, values: (_, ticks) => ticks.map(format) },
    ],
    series: [
      {},
      ...series.map(({ color }) => ({
        stroke: color(theme),
        width: 1.5,
        points: { show: false },
      })),
    ],
  };
}

function clock(seconds: number): string {
  return new Date(seconds * 1000).toTimeString().slice(0, 5);
}
