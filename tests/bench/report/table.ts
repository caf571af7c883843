// Results as tables of plain text.

import { type CaseResult, isMet, type Row } from "../figures/result.ts";
import { formatFigure, formatNumber } from "./format.ts";

/** A case's title, table and notes. */
export function caseTable({ title, rows, notes = [] }: CaseResult): string {
  const columns = [...new Set(rows.flatMap((it) => Object.keys(it.figures)))];
  const cells = rows.map((row) => [row.label, ...columns.map((it) => cell(row, it))]);
  return [title, ...aligned([["", ...columns], ...cells]), ...notes.map((it) => `  ${it}`)]
    .join("\n") + "\n";
}

/** Every target of the cases, what was reached, and whether that is enough. */
export function targetTable(results: readonly CaseResult[]): string {
  const rows = results.flatMap(({ name, targets = [] }) =>
    targets.map((target) => [
      `${name}: ${target.label}`,
      formatFigure(target.figure),
      `${target.bound} ${formatNumber(target.goal)}`,
      isMet(target) ? "met" : "MISSED",
    ])
  );
  if (rows.length === 0) return "";
  return ["Targets", ...aligned([["", "reached", "wanted", ""], ...rows])].join("\n") + "\n";
}

function cell(row: Row, column: string): string {
  const figure = row.figures[column];
  return figure === undefined ? "" : formatFigure(figure);
}

/** Lines with the first column to the left and the others to the right. */
function aligned(cells: readonly (readonly string[])[]): string[] {
  const widths = cells[0]!.map((_, column) => Math.max(...cells.map((it) => it[column]!.length)));
  return cells.map((row) =>
    "  " +
    row.map((text, column) =>
      column === 0 ? text.padEnd(widths[0]!) : text.padStart(widths[column]!)
    ).join("  ").trimEnd()
  );
}
