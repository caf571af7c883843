// The little of SVG that the pictures need, and their common frame: a card with a title, the charts, and
// a line that says on what and when it was measured. Colours follow the reader's light or dark theme.

import type { Report } from "../figures/result.ts";
import { formatShort } from "./format.ts";

/** Width of every picture. */
export const WIDTH = 840;
/** Space around what is drawn. */
export const MARGIN = 28;
const TITLE_HEIGHT = 90;
const FOOT_HEIGHT = 54;

/** Colours by what they are for, in the light and in the dark. */
const COLOURS: Readonly<Record<string, readonly [light: string, dark: string]>> = {
  page: ["#ffffff", "#10161e"],
  ink: ["#16202c", "#e8edf3"],
  soft: ["#5b6875", "#93a1b0"],
  rule: ["#e3e8ee", "#26303b"],
  herd: ["#2563eb", "#6ea0ff"],
  rival: ["#a3afbd", "#5f6d7c"],
  second: ["#c2610c", "#f0a05a"],
  third: ["#0d8a72", "#4cc9ae"],
};

/** A colour of the pictures. */
export type Colour = "page" | "ink" | "soft" | "rule" | "herd" | "rival" | "second" | "third";

// Classes, not variables: not everything that shows an SVG knows var().
const STYLE = [
  `text { font: 12px system-ui, -apple-system, "Segoe UI", Roboto, Helvetica, Arial, sans-serif;`,
  `  font-variant-numeric: tabular-nums; }`,
  `.title { font-size: 19px; font-weight: 650; } .panel { font-size: 13px; }`,
  `.small { font-size: 11px; } .strong, .panel { font-weight: 600; }`,
  `.halo { paint-order: stroke; stroke-width: 4px; }`,
  `.end { text-anchor: end; } .middle { text-anchor: middle; }`,
  `path { fill: none; stroke-linejoin: round; }`,
  colourRules(0),
  `@media (prefers-color-scheme: dark) {`,
  colourRules(1),
  `}`,
].join("\n");

function colourRules(theme: 0 | 1): string {
  return Object.entries(COLOURS).map(([name, colours]) =>
    `.fill-${name} { fill: ${colours[theme]}; } .line-${name} { stroke: ${colours[theme]}; }`
  ).join("\n");
}

/** What attributes may be. */
export type Attributes = Readonly<Record<string, string | number | undefined>>;

/** An element with its children, as text. */
export function element(name: string, attributes: Attributes, ...children: string[]): string {
  const pairs = Object.entries(attributes).filter(([, value]) => value !== undefined)
    .map(([key, value]) => ` ${key}="${typeof value === "number" ? round(value) : value}"`);
  const open = `<${name}${pairs.join("")}`;
  return children.length === 0 ? `${open}/>` : `${open}>${children.join("")}</${name}>`;
}

/** A text whose base line begins at a point. */
export function label(
  x: number,
  y: number,
  text: string,
  style = "",
  colour: Colour = "soft",
): string {
  return element("text", { x, y, class: `fill-${colour} ${style}`.trim() }, escaped(text));
}

/** A straight line. */
export function rule(x1: number, y1: number, x2: number, y2: number): string {
  return element("line", { x1, y1, x2, y2, class: "line-rule" });
}

/** Text that is safe in XML. */
export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** A whole picture of this height, to put charts of `height` in at y = 0. */
export function picture(
  { title, subtitle, height, body, report }: {
    readonly title: string;
    readonly subtitle: string;
    readonly height: number;
    readonly body: string;
    readonly report: Report;
  },
): string {
  const whole = TITLE_HEIGHT + height + FOOT_HEIGHT;
  return element(
    "svg",
    {
      xmlns: "http://www.w3.org/2000/svg",
      viewBox: `0 0 ${WIDTH} ${whole}`,
      width: WIDTH,
      height: whole,
      role: "img",
      "aria-label": escaped(title).replaceAll('"', "&quot;"),
    },
    element("style", {}, STYLE),
    element("rect", {
      width: WIDTH,
      height: whole,
      rx: 10,
      class: "fill-page line-rule",
    }),
    label(MARGIN, 36, title, "title", "ink"),
    label(MARGIN, 57, subtitle),
    element("g", { transform: `translate(0 ${TITLE_HEIGHT})` }, body),
    origin(report).map((line, index) =>
      label(MARGIN, whole - FOOT_HEIGHT + 20 + index * 16, line, "small")
    ).join(""),
  ) + "\n";
}

/** Which machine and day, which versions. */
function origin({ machine, date, generator }: Report): string[] {
  const { cpu, cores, memoryGigabytes, system, versions } = machine;
  const programs = Object.entries(versions).map(([name, version]) => `${name} ${version}`);
  return [
    `${date}, ${cpu}, ${cores} cores, ${memoryGigabytes} GB, ${system}`,
    `${programs.join(", ")}; the load comes from a program in ${generator}`,
  ];
}

/** Round numbers from 0 to at least `max`, about `count` of them. */
export function ticks(max: number, count: number): number[] {
  const rough = max / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((it) => it * power).find((it) => it >= rough)!;
  const result = [0];
  while (result.at(-1)! < max) result.push(Number((result.at(-1)! + step).toPrecision(12)));
  return result;
}

/** The plot of a line chart: grid and labels, and where values come to lie. */
export interface Plot {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Horizontal lines with their values at the left of a plot. */
export function yAxis(
  plot: Plot,
  values: readonly number[],
  toY: (value: number) => number,
  text: (value: number) => string = formatShort,
): string {
  return values.map((value) =>
    rule(plot.x, toY(value), plot.x + plot.width, toY(value)) +
    label(plot.x - 8, toY(value) + 4, text(value), "end small")
  ).join("");
}

/** A line through points. */
export function path(points: readonly (readonly [number, number])[], colour: Colour): string {
  const steps = points.map(([x, y], index) => `${index === 0 ? "M" : "L"}${round(x)} ${round(y)}`);
  const width = colour === "rival" ? 1.5 : 2.25;
  return element("path", { d: steps.join(""), class: `line-${colour}`, "stroke-width": width });
}

/** Dots at points. */
export function dots(points: readonly (readonly [number, number])[], colour: Colour): string {
  return points.map(([cx, cy]) => element("circle", { cx, cy, r: 3.5, class: `fill-${colour}` }))
    .join("");
}

/**
 * Base lines for labels at these heights, moved apart so that none covers another, as little as
 * possible and in the same order.
 */
export function spread(heights: readonly number[], gap = 15): number[] {
  const order = heights.map((_, index) => index).sort((a, b) => heights[a]! - heights[b]!);
  const result = [...heights];
  for (let pass = 0; pass < 50; pass++) {
    for (let i = 1; i < order.length; i++) {
      const [above, below] = [order[i - 1]!, order[i]!];
      const lack = gap - (result[below]! - result[above]!);
      if (lack <= 0) continue;
      result[above]! -= lack / 2;
      result[below]! += lack / 2;
    }
  }
  return result;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
