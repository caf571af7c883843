// What a case gives: figures to print, to keep as JSON and to draw. Plain data.

import type { CurvePoint } from "./latency.ts";
import type { Machine } from "./machine.ts";
import type { Spread } from "./statistics.ts";

/** How a figure is to be read and printed. */
export type Unit = "/s" | "us" | "ms" | "s" | "x" | "MB" | "bytes" | "%" | "";

/** One measured value; with its least and greatest where it was measured in rounds. */
export interface Figure {
  readonly value: number;
  readonly unit: Unit;
  readonly min?: number;
  readonly max?: number;
}

/** A line of a case's table: who or what was measured, and the figures by the name of their column. */
export interface Row {
  readonly label: string;
  readonly figures: Readonly<Record<string, Figure>>;
}

/** What a figure ought to be. */
export interface Target {
  readonly label: string;
  readonly figure: Figure;
  readonly bound: "at least" | "at most";
  readonly goal: number;
}

/** A distribution of latencies. */
export interface Curve {
  readonly label: string;
  readonly points: readonly CurvePoint[];
}

/** All that one case gives. */
export interface CaseResult {
  readonly name: string;
  readonly title: string;
  readonly rows: readonly Row[];
  readonly targets?: readonly Target[];
  readonly curves?: readonly Curve[];
  /** What was left out and why, or how to read a figure: a sentence each. */
  readonly notes?: readonly string[];
}

/** A figure of a spread. */
export function figure({ median, min, max }: Spread, unit: Unit): Figure {
  return { value: median, unit, min, max };
}

/** True if the figure is what it ought to be. */
export function isMet({ figure, bound, goal }: Target): boolean {
  return bound === "at least" ? figure.value >= goal : figure.value <= goal;
}

/** All that a run gives, as it is kept in a file. */
export interface Report {
  /** The day, such as `2026-11-24`. */
  readonly date: string;
  readonly machine: Machine;
  /** What the load came from. */
  readonly generator: string;
  readonly isQuick: boolean;
  readonly cases: readonly CaseResult[];
}
