// Everything that is measured of a server, once, whoever takes it: Prometheus by scraping, or
// OpenTelemetry by export. All of it is read from plain counters when it is asked for.

import type { BackboneStatus } from "../../backbone/backbone.ts";
import type { SinkStatus } from "../../store/durable_sink.ts";
import { healthOf } from "../../server/health.ts";
import type { NodeStatus, RecordsStatus } from "../../server/status.ts";
import type { HttpContext } from "../context.ts";
import { linkStatus } from "../server_status.ts";
import type { LinkStatus } from "../api/status_schemas.ts";
import {
  counter,
  entries,
  type Figure,
  figure,
  gauge,
  histogram,
  type Metric,
  type Sample,
} from "./metric.ts";

/** All metrics of a server. */
export function catalogue(context: HttpContext): Metric[] {
  return [
    ...ofClients(context.status),
    ...ofRecords(context.status),
    ...ofLinks(context),
    figure(
      "gauge",
      "herd_certificate_expires_seconds",
      "When its certificate expires, in POSIX seconds; with TLS",
      [],
      () => certificateOf(context.status),
    ),
    ...ofBackbone(context.status),
    ...ofPlaces(context.status),
    ...ofHttp(context),
    ...ofProcess(context),
  ];
}

function ofClients({ clients }: NodeStatus): Metric[] {
  return [
    counter(
      "herd_requests_total",
      "Request lines, and what came of them",
      ["kind", "outcome"],
      () => {
        const { iamat, older, tied, removed, expired, whatsat, invalid, unknown } =
          clients.requests;
        const newer = iamat - older - tied - removed - expired;
        return [
          { labels: { kind: "iamat", outcome: "newer" }, value: newer },
          { labels: { kind: "iamat", outcome: "older" }, value: older },
          { labels: { kind: "iamat", outcome: "tied" }, value: tied },
          { labels: { kind: "iamat", outcome: "removed" }, value: removed },
          { labels: { kind: "iamat", outcome: "expired" }, value: expired },
          { labels: { kind: "whatsat", outcome: "found" }, value: whatsat },
          { labels: { kind: "whatsat", outcome: "unknown" }, value: unknown },
          { labels: { kind: "other", outcome: "invalid" }, value: invalid - unknown },
        ];
      },
    ),
    histogram(
      "herd_reply_seconds",
      "From the arrival of a chunk of lines until its replies were written, of one chunk in 16",
      () => [{ histogram: clients.latency }],
    ),
    gauge(
      "herd_connections",
      "Open connections, of clients and of neighbours",
      () => clients.connections,
    ),
    counter("herd_connections_total", "Connections since the start", [], () => [
      { value: clients.accepted },
    ]),
    counter("herd_connections_refused_total", "Connections over the limits", [], () => [
      { value: clients.refused },
    ]),
    counter(
      "herd_connections_evicted_total",
      "Idle connections that made room for others",
      [],
      () => [{ value: clients.evicted }],
    ),
    counter(
      "herd_connections_ended_total",
      "Sessions that took too long",
      ["reason"],
      () => entries("reason", clients.ended),
    ),
    gauge("herd_unread_bytes", "Replies that wait to be taken", () => clients.unreadBytes),
  ];
}

function ofRecords({ records }: NodeStatus): Metric[] {
  return [
    gauge("herd_clients", "Clients whose location is known", () => records.clients),
    gauge("herd_records", "Records: clients, and removals that are kept", () => records.records),
    gauge("herd_record_text_bytes", "Memory of the records' texts", () => records.textBytes),
    counter("herd_records_refused_total", "Updates that a full store had no room for", [], () => [
      { value: records.refused },
    ]),
    gauge(
      "herd_feed_position",
      "Changes of the records: the end of the feed",
      () => records.feed.end,
    ),
    figureOfDisk(
      "gauge",
      "herd_unsaved_positions",
      "Changes that are not on the disk yet",
      records,
      (
        it,
      ) => it.pending,
    ),
    figureOfDisk(
      "gauge",
      "herd_unsaved_seconds",
      "How long the oldest of them has waited, at most",
      records,
      (it) => it.pendingMs / 1000,
    ),
    figureOfDisk(
      "gauge",
      "herd_disk_troubled",
      "1 while the disk takes nothing",
      records,
      (it) => it.trouble === undefined ? 0 : 1,
    ),
    figureOfDisk("counter", "herd_commits_total", "Transactions", records, (it) => it.commits),
    figureOfDisk(
      "counter",
      "herd_records_written_total",
      "Records in transactions",
      records,
      (it) => it.recordsWritten,
    ),
  ];
}

function ofLinks(context: HttpContext): Metric[] {
  const { status } = context;
  const gaugeOf = (name: string, help: string, read: (it: LinkStatus) => number | null) =>
    figure("gauge", name, help, ["neighbour"], () => ofEach(read));
  const counterOf = (name: string, help: string, read: (it: LinkStatus) => number) =>
    figure("counter", name, help, ["neighbour"], () => ofEach(read));
  const ofEach = function* (read: (it: LinkStatus) => number | null): Iterable<Sample> {
    for (const neighbour of status.neighbours.values()) {
      const value = read(linkStatus(neighbour, context));
      if (value !== null) yield { labels: { neighbour: neighbour.name }, value };
    }
  };
  return [
    gaugeOf("herd_link_following", "1 while we read its feed", (it) => Number(it.isFollowing)),
    gaugeOf("herd_link_followed", "1 while it reads ours", (it) => Number(it.isFollowed)),
    gaugeOf(
      "herd_link_lag_positions",
      "How far it is behind our feed with fresh news",
      (it) => it.lagPositions,
    ),
    gaugeOf(
      "herd_link_lag_seconds",
      "How late fresh news is there, at most",
      (it) => it.lagSeconds,
    ),
    gaugeOf(
      "herd_link_backlog_to_read_positions",
      "What is left of the backlog that we read from it",
      (it) => it.backlogToRead,
    ),
    gaugeOf(
      "herd_link_backlog_to_send_positions",
      "What is left of the backlog that it reads from us",
      (it) => it.backlogToSend,
    ),
    gaugeOf(
      "herd_link_clock_offset_seconds",
      "Its clock minus ours",
      (it) => it.clockOffsetSeconds,
    ),
    counterOf("herd_link_received_bytes_total", "Bytes from it", (it) => it.received.bytes),
    counterOf("herd_link_received_lines_total", "AT lines from it", (it) => it.received.lines),
    counterOf(
      "herd_link_duplicates_total",
      "AT lines from it that were known",
      (it) => it.received.duplicates,
    ),
    counterOf(
      "herd_link_mended_records_total",
      "Records that were missing though it gave them long ago: found by a look, and sent",
      (it) => it.received.mended,
    ),
    counterOf("herd_link_sent_bytes_total", "Bytes to it", (it) => it.sent.bytes),
    counterOf("herd_link_sent_lines_total", "AT lines to it", (it) => it.sent.lines),
    counterOf(
      "herd_link_withheld_lines_total",
      "Records not sent, which it has",
      (it) => it.sent.withheld,
    ),
    counterOf("herd_link_reconnects_total", "Times it was followed again", (it) => it.reconnects),
  ];
}

function certificateOf({ certificate }: NodeStatus) {
  return certificate === undefined ? [] : [{ value: certificate.expires.getTime() / 1000 }];
}

function ofBackbone(status: NodeStatus): Metric[] {
  const read = (of: (it: BackboneStatus) => number) => () => {
    const { backbone } = status;
    return backbone === undefined ? [] : [{ value: of(backbone) }];
  };
  const gaugeOf = (name: string, help: string, of: (it: BackboneStatus) => number) =>
    figure("gauge", `herd_backbone_${name}`, help, [], read(of));
  const counterOf = (name: string, help: string, of: (it: BackboneStatus) => number) =>
    figure("counter", `herd_backbone_${name}_total`, help, [], read(of));
  return [
    gaugeOf("level", "1 while it is level with the stream", (it) => Number(it.isLevel)),
    gaugeOf("position", "The sequence of the stream that it has come to", (it) => it.position),
    gaugeOf(
      "unpublished_positions",
      "What the stream may lack of its feed",
      (it) => it.unpublished,
    ),
    gaugeOf("clock_offset_seconds", "The stream's clock minus ours", (it) => it.clockOffsetSeconds),
    gaugeOf(
      "faults",
      "Things amiss with the stream that lose or refuse records",
      (it) => it.faults.length,
    ),
    gaugeOf(
      "passed_over_records",
      "Records that the stream does not take, such as for their length",
      (it) => it.passedOver,
    ),
    counterOf("connects", "Connections that became level", (it) => it.connects),
    counterOf("received", "Messages from the stream", (it) => it.received),
    counterOf("duplicates", "Of these, what was known already", (it) => it.duplicates),
    counterOf("malformed", "Of these, what was no update", (it) => it.malformed),
    counterOf("strangers", "Records of servers that no topology has", (it) => it.strangers),
    counterOf("published", "Messages that the stream took", (it) => it.published),
    counterOf("refused", "Messages that the stream refused", (it) => it.refused),
    counterOf("repeated", "Of these, what another server had published", (it) => it.repeated),
    counterOf("repaired", "Records over which something older was put", (it) => it.repaired),
  ];
}

function ofPlaces({ places }: NodeStatus): Metric[] {
  const labels = { provider: places.provider };
  return [
    counter(
      "herd_places_total",
      "Searches for places, by Google's statuses",
      [
        "provider",
        "outcome",
      ],
      () =>
        entries("outcome", places.outcomes).map((it) => ({
          ...it,
          labels: { ...labels, ...it.labels },
        })),
    ),
    histogram("herd_places_seconds", "Searches that took waiting", () => [
      { labels, histogram: places.latency },
    ], ["provider"]),
    gauge("herd_places_waiting", "Searches under way", () => places.waiting),
    counter("herd_places_upstream_total", "What became of calls of the upstream", [
      "provider",
      "what",
    ], () => {
      const { upstream } = places;
      if (upstream === undefined) return [];
      const { attempts, retries, shared, rejected, broken, paused, timedOut } = upstream;
      return entries("what", { attempts, retries, shared, rejected, broken, paused, timedOut })
        .map((it) => ({ ...it, labels: { ...labels, ...it.labels } }));
    }),
    figure("gauge", "herd_places_breaker_open", "1 while the upstream is left alone", [
      "provider",
    ], () => {
      const { upstream } = places;
      if (upstream === undefined) return [];
      return [{ labels, value: upstream.breaker === "closed" ? 0 : 1 }];
    }),
  ];
}

function ofHttp({ counts, bounds, streams }: HttpContext): Metric[] {
  return [
    gauge("herd_http_connections", "Open HTTP connections", () => bounds.connections),
    counter("herd_http_connections_refused_total", "HTTP connections over the limits", [], () => [
      { value: bounds.refused },
    ]),
    counter(
      "herd_http_connections_evicted_total",
      "HTTP connections that made room for others while they waited for their client",
      [],
      () => [{ value: bounds.evicted }],
    ),
    counter(
      "herd_http_connections_ended_total",
      "HTTP connections that took too long",
      ["reason"],
      () => entries("reason", bounds.ended),
    ),
    gauge("herd_http_unread_bytes", "HTTP answers that wait to be taken", () => bounds.unreadBytes),
    counter(
      "herd_http_requests_total",
      "HTTP requests",
      ["method", "route", "status"],
      () =>
        [...counts.all()].map(({ method, route, status, count }) => ({
          labels: { method, route, status: String(status) },
          value: count,
        })),
    ),
    histogram("herd_http_request_seconds", "Until the head of an HTTP response was known", () => [
      { histogram: counts.latency },
    ]),
    figure("gauge", "herd_http_streams", "Open streams and WebSockets", ["kind"], () => [
      { labels: { kind: "changes" }, value: streams.taken },
      { labels: { kind: "line" }, value: counts.lineSockets },
      { labels: { kind: "live" }, value: counts.liveSockets },
    ]),
  ];
}

function ofProcess(context: HttpContext): Metric[] {
  const { status, topology, version, startedMs, monitor } = context;
  return [
    figure("gauge", "herd_info", "Always 1: who this is", ["herd", "server", "version"], () => [
      { labels: { herd: topology.herd, server: status.name, version }, value: 1 },
    ]),
    gauge("herd_start_time_seconds", "When it started, POSIX time", () => startedMs / 1000),
    gauge(
      "herd_ready",
      "1 while it is ready for clients",
      () => Number(healthOf(status).unready.length === 0),
    ),
    gauge(
      "herd_degraded",
      "1 while something is wrong, as /healthz says",
      () => Number(healthOf(status).degraded.length > 0),
    ),
    histogram("herd_event_loop_delay_seconds", "By how much timers were late", () => [
      { histogram: monitor.loopDelay },
    ]),
    figure("gauge", "herd_memory_bytes", "Memory of the process", ["kind"], () => {
      const { rss, heapUsed, heapTotal, external } = Deno.memoryUsage();
      return entries("kind", { rss, heapUsed, heapTotal, external });
    }),
  ];
}

function figureOfDisk(
  kind: Figure["kind"],
  name: string,
  help: string,
  records: RecordsStatus,
  read: (disk: SinkStatus) => number,
): Figure {
  return figure(kind, name, help, ["durability"], () => {
    const { disk } = records;
    if (disk === undefined) return [];
    return [{ labels: { durability: disk.durability }, value: read(disk) }];
  });
}
