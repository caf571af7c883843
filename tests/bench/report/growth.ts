// The picture of growth: what more clients and more servers cost.

import type { CaseResult, Report, Row } from "../figures/result.ts";
import { formatNumber, formatShort } from "./format.ts";
import {
  type Colour,
  dots,
  element,
  label,
  MARGIN,
  path,
  picture,
  type Plot,
  rule,
  ticks,
  WIDTH,
  yAxis,
} from "./svg.ts";

const PANEL_GAP = 44;
const PANEL_WIDTH = (WIDTH - 2 * MARGIN - PANEL_GAP) / 2;
const PANEL_HEIGHT = 240;
const PLOT: Plot = { x: 44, y: 28, width: PANEL_WIDTH - 72, height: 156 };

/** A panel: a figure of a case's rows, over the number at the front of their labels. */
interface Panel {
  readonly name: string;
  readonly title: string;
  readonly column: string;
  readonly colour: Colour;
}

const PANELS: readonly Panel[] = [
  { name: "clients", title: "Requests/s by clients", column: "requests/s", colour: "herd" },
  { name: "clients", title: "Memory by clients, MB", column: "memory", colour: "second" },
  {
    name: "servers",
    title: "Updates/s that reach all servers, by servers",
    column: "updates/s",
    colour: "herd",
  },
  {
    name: "servers",
    title: "CPU per update and server, \u00b5s, by servers",
    column: "CPU/update/server",
    colour: "second",
  },
];

/** Draws it; undefined when the run had none of its cases. */
export function growthPicture(report: Report): string | undefined {
  const panels = PANELS.flatMap((it) => {
    const found = report.cases.find(({ name }) => name === it.name);
    return found === undefined ? [] : [panel(it, found)];
  });
  if (panels.length === 0) return undefined;
  const body = panels.map((it, index) =>
    element("g", {
      transform: `translate(${MARGIN + (index % 2) * (PANEL_WIDTH + PANEL_GAP)} ${
        Math.floor(index / 2) * PANEL_HEIGHT
      })`,
    }, it)
  );
  return picture({
    title: "Growth",
    subtitle: "All servers, and the load, share the cores of one machine.",
    height: Math.ceil(panels.length / 2) * PANEL_HEIGHT,
    body: body.join(""),
    report,
  });
}

function panel({ title, column, colour }: Panel, { rows }: CaseResult): string {
  const values = rows.map((it) => it.figures[column]!.value);
  const steps = ticks(Math.max(...values), 4);
  const toY = (value: number) => PLOT.y + PLOT.height * (1 - value / steps.at(-1)!);
  // Steps of growth are evenly apart: each is a few times the one before.
  const toX = (index: number) => PLOT.x + PLOT.width * (index + 0.5) / rows.length;
  const points = values.map((value, index) => [toX(index), toY(value)] as const);
  const bottom = PLOT.y + PLOT.height;
  return label(0, 10, title, "panel", "ink") +
    yAxis(PLOT, steps, toY) +
    rows.map((row, index) =>
      rule(toX(index), bottom, toX(index), bottom + 5) +
      label(toX(index), bottom + 20, formatShort(sizeOf(row)), "middle small")
    ).join("") +
    path(points, colour) + dots(points, colour) +
    points.map(([x, y], index) =>
      label(x, y - 10, formatNumber(values[index]!), "middle small halo line-page")
    )
      .join("");
}

/** `10,000 clients` is 10,000. */
function sizeOf({ label }: Row): number {
  return Number(label.replaceAll(",", "").split(" ")[0]);
}
