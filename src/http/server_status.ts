// What one server says of itself: for people, `herd status`, the dashboard, and other servers.

import type { Histogram } from "../base/histogram.ts";
import { healthOf } from "../server/health.ts";
import type { Neighbour } from "../flood/neighbour.ts";
import type { HttpContext } from "./context.ts";
import type {
  BackboneView,
  DurabilityStatus,
  HistogramView,
  LinkStatus,
  ServerStatus,
} from "./api/views.ts";

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
    latency: histogramView(node.context.latency.histogram),
    durability: durability(context),
    links: [...node.links.neighbours.values()].map((it) => linkStatus(it, context)),
    backbone: backboneView(context),
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

function backboneView({ node }: HttpContext): BackboneView | null {
  if (node.backbone === undefined) return null;
  const { isLevel, position, unpublished, connects, clockOffsetSeconds, ...counts } =
    node.backbone.status;
  return {
    isLevel,
    position,
    unpublished,
    reconnects: Math.max(0, connects - 1),
    received: { messages: counts.received, duplicates: counts.duplicates },
    sent: { messages: counts.published, repaired: counts.repaired },
    clockOffsetSeconds,
  };
}

function histogramView({ bounds, counts, sum }: Histogram): HistogramView {
  return { bounds, counts: [...counts], sum };
}
