// What the handlers of one HTTP port share.

import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { LookResult } from "../flood/backlog/look.ts";
import type { Doors } from "../server/doors.ts";
import type { ClientService } from "../server/clients/service.ts";
import type { Monitor } from "../server/readers/loop_monitor.ts";
import type { AreaWatches } from "../server/readers/area_watches.ts";
import type { ClientPages } from "../server/readers/client_pages.ts";
import type { NearbyClients } from "../server/readers/nearby_clients.ts";
import type { RecentFigures } from "../server/readers/recent_figures.ts";
import type { RecordsDigest } from "../server/readers/records_digest.ts";
import type { TokenKeys } from "../server/tokens/token_keys.ts";
import type { Limits } from "../server/limits.ts";
import type { Pace } from "../server/turns/pace.ts";
import type { NodeStatus } from "../server/status.ts";
import type { Store } from "../store/store.ts";
import type { Topology } from "../topology/topology.ts";
import type { HerdView } from "./herd_view.ts";
import type { StreamPlaces } from "./api/lists/stream_places.ts";
import type { HttpCounts } from "./metrics/http_counts.ts";
import type { HttpBounds } from "./wire/bounds.ts";

/** A running server, as far as HTTP knows it: a `HerdNode` is one. */
export interface ServedNode {
  /** The status of the server. */
  readonly status: NodeStatus;
  /** Everything that changes something, or is asked for clients. */
  readonly clients: ClientService;
  /** The records, to be read. */
  readonly store: Store;
  readonly log: Log;
  /** Parts that its ports share. */
  readonly doors: Doors;
  /** Looks whether records are missing that neighbours have; undefined for one that gave no answer. */
  verify(): Promise<ReadonlyMap<string, LookResult | undefined>>;
}

/** The surroundings of a handler. */
export interface HttpContext extends Omit<ServedNode, "doors"> {
  readonly clock: Clock;
  /** Asked before each piece of long work. */
  readonly pace: Pace;
  readonly limits: Limits;
  /** Judges tokens, and makes those with which this server asks others. */
  readonly tokens: TokenKeys;
  readonly topology: Topology;
  /** The program's. */
  readonly version: string;
  /** The time at which the port was opened, in milliseconds since 1970. */
  readonly startedMs: number;
  readonly monitor: Monitor;
  readonly recent: RecentFigures;
  readonly nearby: NearbyClients;
  readonly pages: ClientPages;
  readonly watches: AreaWatches;
  readonly digest: RecordsDigest;
  readonly view: HerdView;
  readonly counts: HttpCounts;
  /** The places of `/v1/changes`. */
  readonly streams: StreamPlaces;
  /** The bounds of the port's connections. */
  readonly bounds: HttpBounds;
  /** Aborted when the port closes: streams end then. */
  readonly ending: AbortSignal;
}
