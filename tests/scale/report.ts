// Findings as the two tables of README.md in this folder, in Markdown.

import type { Findings } from "./measure.ts";

/** The findings of one graph with long wires, and of the same one with short wires. */
export interface Row {
  readonly far: Findings;
  readonly near: Findings;
}

/** Lines from server to server, beside what flooding and a spanning tree would take. */
export function messagesTable(rows: readonly Row[]): string {
  return table(
    [
      "servers",
      "edges",
      "flooding",
      "tree",
      "far, alone",
      "far, in a crowd",
      "near, alone",
      "near, in a crowd",
    ],
    rows.map(({ far, near }) => [
      count(far.servers),
      count(far.edges),
      count(far.floodingLines),
      count(far.treeLines),
      ...[far.linesAlone, far.linesInCrowd, near.linesAlone, near.linesInCrowd]
        .map((lines) => `${count(lines)} (${saved(lines, far.floodingLines)})`),
    ]),
  );
}

/** How long news travels, and what it costs to have been away. */
export function timesTable(rows: readonly Row[]): string {
  return table(
    [
      "servers",
      "diameter, hops",
      "far: shortest way",
      "last server",
      "near: shortest way",
      "last server",
      "missed",
      "received on return",
    ],
    rows.map(({ far, near }) => [
      count(far.servers),
      count(far.diameter),
      ...[far.wiresMs, far.lastMs, near.wiresMs, near.lastMs].map((it) => `${it.toFixed(1)} ms`),
      kilobytes(far.missedBytes),
      `${kilobytes(far.caughtUpBytes)} from ${far.links}`,
    ]),
  );
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const rule = head.map(() => "--:");
  return [head, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |\n`).join("");
}

function count(value: number): string {
  return Math.round(value).toLocaleString("en");
}

function saved(lines: number, of: number): string {
  return `-${Math.round((1 - lines / of) * 100)}%`;
}

function kilobytes(bytes: number): string {
  return `${(bytes / 1000).toFixed(0)} kB`;
}
