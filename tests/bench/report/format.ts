// Figures as people read them: three digits that count, thousands apart, units beside.

import type { Figure, Unit } from "../figures/result.ts";

const SUFFIXES: Readonly<Record<Unit, string>> = {
  "/s": "",
  us: " us",
  ms: " ms",
  s: " s",
  x: "",
  MB: " MB",
  bytes: " B",
  "%": "%",
  "": "",
};

/** A number with three significant digits and thousands apart: `104,000`, `8.51`, `0.0421`. */
export function formatNumber(value: number): string {
  if (!Number.isFinite(value)) return "?";
  if (Math.abs(value) >= 1000) {
    const unit = 10 ** (Math.floor(Math.log10(Math.abs(value))) - 2);
    return (Math.round(value / unit) * unit).toLocaleString("en");
  }
  if (Math.abs(value) >= 100) return value.toFixed(0);
  if (Math.abs(value) >= 10) return value.toFixed(1);
  return value.toFixed(2);
}

/** A figure with its unit, and its spread where it has one: `104,000 +-4%`, `0.87 (0.81-0.90)`. */
export function formatFigure({ value, unit, min, max }: Figure): string {
  const text = `${unit === "%" ? value.toFixed(0) : formatNumber(value)}${SUFFIXES[unit]}`;
  if (min === undefined || max === undefined) return text;
  if (unit === "x") return `${text} (${formatNumber(min)}-${formatNumber(max)})`;
  if (unit === "/s") return `${text} +-${((max - min) / 2 / value * 100).toFixed(0)}%`;
  return text;
}

/** Large numbers for the axes of pictures: `250k`, `1.2M`. */
export function formatShort(value: number): string {
  if (value >= 1e6) return `${trimmed(value / 1e6)}M`;
  if (value >= 1e3) return `${trimmed(value / 1e3)}k`;
  return trimmed(value);
}

function trimmed(value: number): string {
  return String(Number(value.toPrecision(3)));
}
