// What one server says of itself: for people, `herd status`, the dashboard, and other servers.

import type { Histogram as Buckets } from "../base/histogram.ts";
import { healthOf } from "../server/health.ts";
import type { NodeStatus } from "../server/status.ts";
import type { NeighbourStatus } from "../flood/neighbour.ts";
import type { HttpContext } from "./context.ts";
import type {
  BackboneStatus,
  DurabilityStatus,
  Histogram,
  LinkStatus,
  ServerStatus,
} from "./api/status_schemas.ts";

/** This server's own account of itself now. */
export function serverStatus(context: HttpContext): ServerStatus {
  const { status, version, startedMs } = context;
  const { clients, records } = status;
  const { unready, degraded } = healthOf(status);
  return {
    name: status.name,
    version,
    startedAt: new Date(startedMs).toISOString(),
    isReady: unready.length === 0,
    troubles: [...unready, ...degraded],
    clients: records.clients,
    records: records.records,
    feed: { id: records.feed.id, position: records.feed.end },
    connections: clients.connections,
    requests: { ...clients.requests },
    latency: histogramView(clients.latency),
    durability: durability(status),
    links: Array.from(status.neighbours.values(), (it) => linkStatus(it, context)),
    backbone: backboneView(status),
    memoryBytes: Deno.memoryUsage().rss,
  };
}

/** This server's side of one of its links. */
export function linkStatus(
  neighbour: NeighbourStatus,
  { status, monitor }: HttpContext,
): LinkStatus {
  const { isFollowing, isFollowed, acknowledgedLive } = neighbour;
  const behind = Math.max(0, status.records.feed.end - acknowledgedLive);
  return {
    neighbour: neighbour.name,
    isFollowing,
    isFollowed,
    lagPositions: isFollowed ? behind : null,
    lagSeconds: isFollowed ? monitor.secondsBehind(acknowledgedLive) : null,
    backlogToRead: neighbour.backlogToRead,
    backlogToSend: neighbour.backlogToSend,
    clockOffsetSeconds: neighbour.clockOffsetSeconds,
    reconnects: Math.max(0, neighbour.follows - 1),
    received: {
      bytes: neighbour.bytesReceived,
      lines: neighbour.linesReceived,
      duplicates: neighbour.duplicatesReceived,
      mended: neighbour.recordsMended,
    },
    sent: {
      bytes: neighbour.bytesSent,
      lines: neighbour.linesSent,
      withheld: neighbour.linesWithheld,
    },
  };
}

function durability({ records: { disk } }: NodeStatus): DurabilityStatus | null {
  if (disk === undefined) return null;
  return {
    mode: disk.durability,
    isTroubled: disk.trouble !== undefined,
    pending: disk.pending,
    pendingSeconds: disk.pendingMs / 1000,
    commits: disk.commits,
  };
}

function backboneView({ backbone }: NodeStatus): BackboneStatus | null {
  if (backbone === undefined) return null;
  const { isLevel, position, unpublished, connects, clockOffsetSeconds, ...counts } = backbone;
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

function histogramView({ bounds, counts, sum }: Buckets): Histogram {
  return { bounds, counts: [...counts], sum };
}
