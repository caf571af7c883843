// A running server as others see it: live figures and states, and nothing to act with. HTTP, metrics
// and health read these and know no part of a node.

import type { BackboneStatus } from "../backbone/backbone.ts";
import type { Histogram } from "../base/histogram.ts";
import type { NeighbourStatus } from "../flood/neighbour.ts";
import type { GuardCounters } from "../places/upstream/guard.ts";
import type { NearbyStatus } from "../places/provider.ts";
import type { SinkStatus } from "../store/durable_sink.ts";
import type { RequestCounts } from "./clients/request_counts.ts";
import type { ClockLook } from "./peer_clocks.ts";
import type { EndedCounts } from "./clients/supervisor.ts";

/** A server now. Every property is read anew each time; counts are since the start. */
export interface NodeStatus {
  readonly name: string;
  /** Seconds since the start, on the steady clock. */
  readonly upSeconds: number;
  /** True from the call of `stop` on: the server then takes no more changes. */
  readonly isStopping: boolean;
  /** Clients not heard of for this long are dropped; undefined keeps all. */
  readonly retainSeconds: number | undefined;
  /** The own clock beside those of the others. */
  readonly clock: ClockLook;
  readonly clients: ClientsStatus;
  readonly records: RecordsStatus;
  readonly places: PlacesStatus;
  readonly neighbours: ReadonlyMap<string, NeighbourStatus>;
  /** Undefined when the server is on no backbone. */
  readonly backbone: BackboneStatus | undefined;
  /** The server's own certificate; undefined without TLS. */
  readonly certificate: CertificateStatus | undefined;
}

/** The age of a certificate. */
export interface CertificateStatus {
  readonly expires: Date;
  /** Whole days until then; negative ones are past. */
  readonly daysLeft: number;
}

/** Connections and their requests. */
export interface ClientsStatus {
  /** Open connections, of clients and of neighbours. */
  readonly connections: number;
  /** Connections that were accepted, those over the limits included. */
  readonly accepted: number;
  /** Open connections that count as clients', and so towards the limits. */
  readonly admitted: number;
  /** Connections that were over the limits. */
  readonly refused: number;
  /** Idle connections that made room for others. */
  readonly evicted: number;
  /** Sessions that were ended because they took too long, by reason. */
  readonly ended: Readonly<EndedCounts>;
  /** Bytes of replies that wait to be taken. */
  readonly unreadBytes: number;
  /** Requests, over whichever way they came. */
  readonly requests: Readonly<RequestCounts>;
  /** Seconds from the arrival of a chunk of lines until its replies were written, of some chunks. */
  readonly latency: Histogram;
}

/** The records and their disk. */
export interface RecordsStatus {
  /** Clients whose location is known. */
  readonly clients: number;
  /** Records: of clients, and of removals that are kept. */
  readonly records: number;
  /** Memory of the records' texts, in bytes. */
  readonly textBytes: number;
  /** Updates that a full store had no room for. */
  readonly refused: number;
  readonly feed: {
    readonly id: string;
    /** The position of the latest change. */
    readonly end: number;
  };
  /** Undefined when records are in memory alone. */
  readonly disk: SinkStatus | undefined;
}

/** Searches for places. */
export interface PlacesStatus {
  /** The provider's short name. */
  readonly provider: string;
  /** Answers by status. */
  readonly outcomes: Readonly<Record<NearbyStatus, number>>;
  /** Seconds of the answers that took waiting. */
  readonly latency: Histogram;
  /** Answers that are waited for now. */
  readonly waiting: number;
  /** Calls of the provider's upstream; undefined when it has none. */
  readonly upstream: GuardCounters | undefined;
}
