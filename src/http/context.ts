// What the handlers of one HTTP port share.

import type { HerdNode } from "../server/node.ts";
import type { Monitor } from "../server/readers/loop_monitor.ts";
import type { NearbyClients } from "../server/readers/nearby_clients.ts";
import type { RecordsDigest } from "../server/readers/records_digest.ts";
import type { Topology } from "../topology/topology.ts";
import type { HerdView } from "./herd_view.ts";
import type { HttpCounts } from "./http_counts.ts";

/** The surroundings of a handler. */
export interface HttpContext {
  readonly node: HerdNode;
  readonly topology: Topology;
  /** The program's. */
  readonly version: string;
  /** When the port was opened, in milliseconds since 1970. */
  readonly startedMs: number;
  readonly monitor: Monitor;
  readonly nearby: NearbyClients;
  readonly digest: RecordsDigest;
  readonly view: HerdView;
  readonly counts: HttpCounts;
  /** Aborted when the port closes: streams end then. */
  readonly ending: AbortSignal;
}
