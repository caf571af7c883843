// What one server says of itself: for people, `herd status`, the dashboard, and other servers.

import type { Histogram } from "../server/histogram.ts";
import { healthOf } from "../server/health.ts";
import type { Neighbour } from "../flood/neighbour.ts";
import type { HttpContext } from "./context.ts";

/** Counts by bucket; `counts` is one longer than `bounds` and not cumulated. */
export interface HistogramView {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
  readonly sum: number;
}

/** A server's side of a link: it follows the neighbour, and leads it where it is followed. */
export interface LinkStatus {
  readonly neighbour: string;
  /** Whether we read the neighbour's feed now. */
  readonly isFollowing: boolean;
  /** Whether the neighbour reads our feed now. */
  readonly isFollowed: boolean;
  /** How far the neighbour is behind our feed, while it follows us. */
  readonly lagPositions: number | null;
  /** For how long the oldest change that it has not acknowledged has waited, at most. */
  readonly lagSeconds: number | null;
  /** Its clock minus ours. */
  readonly clockOffsetSeconds: number;
  readonly reconnects: number;
  readonly received: {
    readonly bytes: number;
    readonly lines: number;
    /** Of `lines`: what was known already. */
    readonly duplicates: number;
  };
  readonly sent: {
    readonly bytes: number;
    readonly lines: number;
    /** Records not sent, because the neighbour is known to have them. */
    readonly withheld: number;
  };
}

/** How the disk is doing. */
export interface DurabilityStatus {
  readonly mode: string;
  readonly isTroubled: boolean;
  /** Positions of the feed that are not saved yet. */
  readonly pending: number;
  readonly pendingSeconds: number;
  readonly commits: number;
}

/** One server. Counts are since its start. */
export interface ServerStatus {
  readonly name: string;
  readonly version: string;
  /** RFC 3339. */
  readonly startedAt: string;
  readonly isReady: boolean;
  /** Reasons, for people; empty when all is well. */
  readonly troubles: readonly string[];
  /** Clients whose location is known. */
  readonly clients: number;
  /** Those, and removals that are still kept. */
  readonly records: number;
  readonly feed: { readonly id: string; readonly position: number };
  /** Open connections of clients and of neighbours. */
  readonly connections: number;
  readonly requests: {
    readonly iamat: number;
    readonly stale: number;
    readonly whatsat: number;
    readonly invalid: number;
    readonly unknown: number;
  };
  /** Seconds from the arrival of a chunk of lines until its replies were written. */
  readonly latency: HistogramView;
  readonly durability: DurabilityStatus | null;
  readonly links: readonly LinkStatus[];
  readonly memoryBytes: number;
}

/** What this server says of itself now. */
export function serverStatus(context: HttpContext): ServerStatus {
  const { node, version, startedMs } = context;
  const { store, counts } = node;
  const { unready, degraded } = healthOf(node);
  return {
    name: node.name,
    version,
    startedAt: new Date(startedMs).toISOString(),
    isReady: unready.length === 0,
    troubles: [...unready, ...degraded],
    clients: store.size,
    records: store.records,
    feed: { id: store.feed.id, position: store.feed.end },
    connections: node.connections,
    requests: { ...counts },
    latency: histogramView(node.context.latency),
    durability: durability(context),
    links: [...node.links.neighbours.values()].map((it) => linkStatus(it, context)),
    memoryBytes: Deno.memoryUsage().rss,
  };
}

/** This server's side of one of its links. */
export function linkStatus(neighbour: Neighbour, { node, monitor }: HttpContext): LinkStatus {
  const isFollowed = neighbour.leading !== undefined;
  const { acknowledged } = neighbour;
  const behind = Math.max(0, node.store.feed.end - acknowledged);
  return {
    neighbour: neighbour.name,
    isFollowing: neighbour.following !== undefined,
    isFollowed,
    lagPositions: isFollowed ? behind : null,
    lagSeconds: isFollowed ? monitor.ages.secondsBehind(acknowledged, performance.now()) : null,
    clockOffsetSeconds: neighbour.clockOffsetSeconds,
    reconnects: Math.max(0, neighbour.follows - 1),
    received: {
      bytes: neighbour.bytesReceived,
      lines: neighbour.linesReceived,
      duplicates: neighbour.duplicatesReceived,
    },
    sent: {
      bytes: neighbour.bytesSent,
      lines: neighbour.linesSent,
      withheld: neighbour.linesWithheld,
    },
  };
}

function durability({ node }: HttpContext): DurabilityStatus | null {
  const { disk } = node;
  if (disk === undefined) return null;
  return {
    mode: disk.durability,
    isTroubled: disk.trouble !== undefined,
    pending: disk.pending,
    pendingSeconds: disk.pendingMs / 1000,
    commits: disk.commits,
  };
}

function histogramView({ bounds, counts, sum }: Histogram): HistogramView {
  return { bounds, counts: [...counts], sum };
}
