// How two looks at a herd, one a little after the other, are shown: a line for each server, and what
// they say of the whole.

import type { LinkStatus } from "../../http/api/status_schemas.ts";
import type { Output } from "../command/context.ts";
import type { FullStatus, HerdLook, ServerLook } from "./ask.ts";
import { bold, dim, green, red, yellow } from "../command/style.ts";

/** A lag of a link in seconds that is shown as trouble. */
const LONG_LAG_SECONDS = 1;

/** True if the servers that answered have the same records. */
export type Sync = "in sync" | "changing" | "not in sync" | "unknown";

/**
 * Compares the digests of the later look. Where they differ while records change this says nothing:
 * news is on its way.
 */
export function syncOf(before: HerdLook | undefined, now: HerdLook): Sync {
  const digests = now.servers.flatMap(({ status }) => status === undefined ? [] : [status.digest]);
  if (digests.length === 0) return "unknown";
  if (digests.every((it) => it.digest === digests[0]!.digest)) return "in sync";
  if (before === undefined) return "changing";
  return now.servers.every((it) => isStill(before, it)) ? "not in sync" : "changing";
}

/** True if all servers are up and ready without troubles, and nothing speaks against equal records. */
export function isWell(before: HerdLook | undefined, now: HerdLook): boolean {
  const areWell = now.servers.every(({ status }) =>
    status?.isReady && status.troubles.length === 0
  );
  return areWell && syncOf(before, now) !== "not in sync";
}

const HEADS = ["SERVER", "STATE", "VERSION", "CLIENTS", "DIGEST", "CONN", "REQ/S", "CHANGES/S"];
const LAST_HEAD = "NEIGHBOURS";

/** Columns that a narrow output goes without, the first of these first. */
const DISPENSABLE = ["VERSION", "CONN", "DIGEST", "CHANGES/S", "REQ/S"];

/** The whole as a text of several lines; those of the table are no longer than the output is wide. */
export function formatHerd(
  before: HerdLook | undefined,
  now: HerdLook,
  output: Pick<Output, "colour" | "columns">,
): string {
  const rows = now.servers.map((it) => row(it, before, now));
  const widths = HEADS.map((head, column) =>
    Math.max(head.length, ...rows.map((it) => it.cells[column]!.length))
  );
  let columns = HEADS.map((_, column) => column);
  const space = () => output.columns - columns.reduce((sum, it) => sum + widths[it]! + 2, 0);
  for (const head of DISPENSABLE) {
    if (space() < LAST_HEAD.length) columns = columns.filter((it) => HEADS[it] !== head);
  }
  const line = (cells: readonly string[], last: string, style: (text: string) => string) => {
    const text = columns.map((it) => padded(cells[it]!, widths[it]!, it)).join("  ");
    return `${style(text)}  ${last}`.trimEnd();
  };
  return [
    line(HEADS, LAST_HEAD, (it) => bold(it, output)),
    ...rows.map(({ cells, links, isWell }) =>
      line(cells, formatLinks(links, space(), output), (it) => isWell ? it : red(it, output))
    ),
    "",
    summary(before, now, output),
    ...now.servers.flatMap((it) =>
      troublesOf(it).map((trouble) => yellow(`${it.name}: ${clean(trouble)}`, output))
    ),
  ].join("\n") + "\n";
}

interface Row {
  readonly cells: readonly string[];
  readonly links: readonly LinkStatus[];
  readonly isWell: boolean;
}

function row({ name, status }: ServerLook, before: HerdLook | undefined, now: HerdLook): Row {
  if (status === undefined) {
    return { cells: [name, "-", "-", "-", "-", "-", "-", "-"], links: [], isWell: false };
  }
  const earlier = before?.servers.find((it) => it.name === name)?.status;
  const isSameRun = earlier?.feed.id === status.feed.id;
  const seconds = before === undefined ? 0 : (now.atMs - before.atMs) / 1000;
  const rate = (count: (it: FullStatus) => number) =>
    earlier !== undefined && isSameRun && seconds > 0
      ? integer((count(status) - count(earlier)) / seconds)
      : "-";
  return {
    cells: [
      name,
      status.isReady ? status.troubles.length === 0 ? "ready" : "degraded" : "not ready",
      clean(status.version),
      integer(status.clients),
      status.digest.digest.slice(0, 8),
      integer(status.connections),
      rate(({ requests: { iamat, whatsat, invalid } }) => iamat + whatsat + invalid),
      rate((it) => it.feed.position),
    ],
    links: status.links,
    isWell: status.isReady,
  };
}

/** The neighbours, and how far each is behind: as many as there is space for. */
function formatLinks(
  links: readonly LinkStatus[],
  space: number,
  output: Pick<Output, "colour">,
): string {
  let left = space;
  const shown: string[] = [];
  for (const link of links) {
    const text = formatLink(link);
    if (text.length > left) {
      if (left >= 1) shown.push("…");
      break;
    }
    left -= text.length + 2;
    const isWell = link.isFollowing && link.isFollowed;
    const isSlow = (link.lagSeconds ?? 0) >= LONG_LAG_SECONDS;
    shown.push(isWell ? isSlow ? yellow(text, output) : text : red(text, output));
  }
  return shown.join(dim(", ", output));
}

function formatLink(link: LinkStatus): string {
  const { neighbour, isFollowing, isFollowed, lagPositions, lagSeconds, backlogToSend } = link;
  if (!isFollowing || !isFollowed) return `${neighbour} ${isFollowing ? "deaf" : "down"}`;
  const lag = lagPositions ? ` -${integer(lagPositions)} (${(lagSeconds ?? 0).toFixed(1)} s)` : "";
  // A server of an older version does not tell.
  return `${neighbour}${lag}${backlogToSend ? ` backlog ${integer(backlogToSend)}` : ""}`;
}

function summary(
  before: HerdLook | undefined,
  now: HerdLook,
  output: Pick<Output, "colour">,
): string {
  const up = now.servers.filter((it) => it.status !== undefined);
  const sync = syncOf(before, now);
  const digest = up[0]?.status?.digest;
  const said = {
    "in sync": () => green(`in sync: ${records(digest!.records)}, ${digest!.digest}`, output),
    "changing": () => "records are changing",
    "not in sync": () => red("not in sync, though nothing changes", output),
    "unknown": () => red("nobody answers", output),
  }[sync];
  return `${now.herd}: ${up.length} of ${now.servers.length} servers up, ${said()}`;
}

function troublesOf({ status, reason }: ServerLook): readonly string[] {
  return status === undefined ? [reason ?? "no answer"] : status.troubles;
}

/** True if a server's records are those of the look before. */
function isStill(before: HerdLook, { name, status }: ServerLook): boolean {
  const earlier = before.servers.find((it) => it.name === name)?.status;
  return earlier?.digest.digest === status?.digest.digest;
}

/** Names stand left, figures right. */
function padded(cell: string, width: number, column: number): string {
  return column < 3 || column === 4 ? cell.padEnd(width) : cell.padStart(width);
}

function records(count: number): string {
  return `${integer(count)} record${count === 1 ? "" : "s"}`;
}

function integer(value: number): string {
  return Math.round(value).toLocaleString("en-US");
}

/** A text from elsewhere as a terminal can show it. */
function clean(text: string): string {
  return text.replace(/\p{Cc}/gu, "?");
}
