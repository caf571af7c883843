// The picture of latencies: which share of the replies took at most how long, far into the slow end.

import type { CaseResult, Curve, Report } from "../figures/result.ts";
import {
  type Colour,
  element,
  label,
  MARGIN,
  path,
  picture,
  type Plot,
  rule,
  spread,
  WIDTH,
  yAxis,
} from "./svg.ts";

const PANELS: Readonly<Record<string, string>> = {
  many: "Replies, one at a time over 50 connections",
  crowd: "Replies, one at a time over 1,000 connections",
  pipelined: "Replies, 100 deep over 10 connections",
  starvation: "Replies while 900,000 records are flooded",
  hops: "Two hops: from Goloman's reply to Welsh's",
  whatsat: "WHATSAT from the gazetteer",
};
const PANEL_GAP = 44;
const PANEL_WIDTH = (WIDTH - 2 * MARGIN - PANEL_GAP) / 2;
const PANEL_HEIGHT = 250;
const PLOT: Plot = { x: 44, y: 26, width: PANEL_WIDTH - 44 - 112, height: 168 };
const PERCENTS = [0, 90, 99, 99.9, 99.99];
const COLOURS: readonly Colour[] = ["herd", "second", "third"];

/** Those of the curves that are always the same thing. */
const KNOWN: Readonly<Record<string, Colour>> = {
  "C echo": "rival",
  "C lines": "rival",
  "Deno echo": "third",
  asyncio: "second",
};

/** Draws it; undefined when the run had none of its cases. */
export function latencyPicture(report: Report): string | undefined {
  const panels = Object.keys(PANELS).flatMap((name) =>
    report.cases.filter((it) => it.name === name && (it.curves?.length ?? 0) > 0)
  );
  if (panels.length === 0) return undefined;
  const body = panels.map((it, index) =>
    element("g", {
      transform: `translate(${MARGIN + (index % 2) * (PANEL_WIDTH + PANEL_GAP)} ${
        Math.floor(index / 2) * PANEL_HEIGHT
      })`,
    }, panel(it))
  );
  return picture({
    title: "How long it takes, from the usual to the rarest",
    subtitle: "Milliseconds within which a share of all came. Lower is better.",
    height: Math.ceil(panels.length / 2) * PANEL_HEIGHT,
    body: body.join(""),
    report,
  });
}

function panel({ name, curves = [] }: CaseResult): string {
  const times = curves.flatMap((it) => it.points.map(([, ms]) => ms));
  const low = Math.floor(Math.log10(Math.min(...times)));
  const high = Math.ceil(Math.log10(Math.max(...times)));
  const toY = (ms: number) =>
    PLOT.y + PLOT.height * (1 - (Math.log10(ms) - low) / Math.max(1, high - low));
  const powers = Array.from({ length: high - low + 1 }, (_, index) => 10 ** (low + index));
  const ends = curves.map((it) => toY(it.points.at(-1)![1]) + 4);
  const heights = spread(ends);
  return label(0, 10, PANELS[name]!, "panel", "ink") +
    yAxis(PLOT, powers, toY, (ms) => `${Number(ms.toPrecision(1))} ms`) +
    PERCENTS.map((percent) => tick(percent)).join("") +
    curves.map((curve, index) => drawn(curve, index, toY, heights[index]!)).join("");
}

function tick(percent: number): string {
  const x = toX(percent);
  const bottom = PLOT.y + PLOT.height;
  return rule(x, bottom, x, bottom + 5) +
    label(x, bottom + 19, percent === 0 ? "all" : `${percent}%`, "middle small");
}

function drawn(
  { label: name, points }: Curve,
  index: number,
  toY: (ms: number) => number,
  labelY: number,
): string {
  const colour = KNOWN[name] ?? COLOURS[index % COLOURS.length]!;
  const line = points.filter(([percent]) => percent <= PERCENTS.at(-1)!)
    .map(([percent, ms]) => [toX(percent), toY(ms)] as const);
  const x = line.at(-1)![0] + 8;
  return path(line, colour) +
    label(x, labelY, name, "small strong", colour === "rival" ? "soft" : colour);
}

/** Each further nine takes the same width. */
function toX(percent: number): number {
  return PLOT.x - PLOT.width * Math.log10(1 - percent / 100) / 4;
}
