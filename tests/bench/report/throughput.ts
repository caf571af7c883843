// The picture of throughput: the herd beside its rivals, a panel for each contest.

import type { CaseResult, Report } from "../figures/result.ts";
import { formatNumber } from "./format.ts";
import { element, label, MARGIN, picture, rule, WIDTH } from "./svg.ts";

const PANELS = ["many", "pipelined", "single", "crowd"];
const PANEL_GAP = 40;
const PANEL_WIDTH = (WIDTH - 2 * MARGIN - PANEL_GAP) / 2;
const NAME_WIDTH = 96;
const VALUE_WIDTH = 74;
const BAR_HEIGHT = 18;
const BAR_STEP = 28;
const HEAD_HEIGHT = 26;
const PANEL_BOTTOM = 26;

/** Draws it; undefined when the run had none of its contests. */
export function throughputPicture(report: Report): string | undefined {
  const panels = PANELS.flatMap((name) => report.cases.filter((it) => it.name === name));
  if (panels.length === 0) return undefined;
  const bars = Math.max(...panels.map((it) => it.rows.length));
  const panelHeight = HEAD_HEIGHT + bars * BAR_STEP + PANEL_BOTTOM;
  const body = panels.map((it, index) =>
    element("g", {
      transform: `translate(${MARGIN + (index % 2) * (PANEL_WIDTH + PANEL_GAP)} ${
        Math.floor(index / 2) * panelHeight
      })`,
    }, panel(it))
  );
  return picture({
    title: "Requests per second, one server",
    subtitle: "Median of rounds in turns; the thin line is their spread. Longer is better.",
    height: Math.ceil(panels.length / 2) * panelHeight,
    body: body.join(""),
    report,
  });
}

function panel({ title, rows }: CaseResult): string {
  const rates = rows.map((it) => it.figures["requests/s"]!);
  const scale = (PANEL_WIDTH - NAME_WIDTH - VALUE_WIDTH) /
    Math.max(...rates.map((it) => it.max ?? it.value));
  const bars = rows.map((row, index) => {
    const { value, min = value, max = value } = rates[index]!;
    const y = HEAD_HEIGHT + index * BAR_STEP;
    const middle = y + BAR_HEIGHT / 2;
    const isHerd = row.label === "Herd";
    const style = isHerd ? "strong" : "";
    const colour = isHerd ? "ink" : "soft";
    return label(NAME_WIDTH - 10, middle + 4, row.label, `end ${style}`, colour) +
      element("rect", {
        x: NAME_WIDTH,
        y,
        width: Math.max(1, value * scale),
        height: BAR_HEIGHT,
        rx: 3,
        class: `fill-${isHerd ? "herd" : "rival"}`,
      }) +
      element("line", {
        x1: NAME_WIDTH + min * scale,
        x2: NAME_WIDTH + max * scale,
        y1: middle,
        y2: middle,
        class: "line-ink",
        "stroke-width": 1.25,
        opacity: 0.55,
      }) +
      label(NAME_WIDTH + max * scale + 8, middle + 4, formatNumber(value), style, colour);
  });
  return label(0, 10, title, "panel", "ink") +
    rule(NAME_WIDTH, HEAD_HEIGHT - 6, NAME_WIDTH, HEAD_HEIGHT + rows.length * BAR_STEP - 4) +
    bars.join("");
}
