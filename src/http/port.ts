// The HTTP port of one server: opens it, holds together what its handlers share, and closes it.

import { metrics } from "@opentelemetry/api";
import { Monitor } from "../server/readers/loop_monitor.ts";
import { AreaWatches } from "../server/readers/area_watches.ts";
import { ClientPages } from "../server/readers/client_pages.ts";
import { NearbyClients } from "../server/readers/nearby_clients.ts";
import { RecentFigures } from "../server/readers/recent_figures.ts";
import { RecordsDigest } from "../server/readers/records_digest.ts";
import type { Doors } from "../server/doors.ts";
import type { Certificate } from "../server/tcp.ts";
import { TokenKeys } from "../server/tokens/token_keys.ts";
import { encode } from "../base/bytes.ts";
import type { Topology } from "../topology/topology.ts";
import type { HttpTrust } from "./ask.ts";
import { createApp } from "./app.ts";
import { AllowedOrigins, checkOrigins } from "./origins/allowed_origins.ts";
import { MAX_STREAMS } from "./api/changes.ts";
import { StreamPlaces } from "./api/lists/stream_places.ts";
import type { HttpContext, ServedNode } from "./context.ts";
import { EarlyApp } from "./early_app.ts";
import { Cors } from "./origins/cors.ts";
import { HerdView } from "./herd_view.ts";
import { HttpCounts } from "./metrics/http_counts.ts";
import { catalogue } from "./metrics/catalogue.ts";
import { observe } from "./metrics/otel.ts";
import { serverStatus } from "./server_status.ts";
import { checkToken } from "./token.ts";
import { HttpBounds, type HttpConnections } from "./wire/bounds.ts";
import { HttpDoor } from "./wire/door.ts";

/** Time for which a closing port waits for requests under way, in milliseconds. */
const CLOSE_MS = 150;

/** TLS of a port; all of it is read anew when it is used, for it may be renewed. */
export type HttpTls = Certificate & HttpTrust;

/** Options of a port. */
export interface HttpOptions {
  /** Parts that it shares with the other ports of its server. */
  readonly doors: Doors;
  readonly topology: Topology;
  /** Address to listen at; port 0 takes a free one. */
  readonly hostname: string;
  readonly port: number;
  /** May do everything. This or keys for tokens are needed wherever others can reach the port. */
  readonly token: string | undefined;
  /** Web pages of others that may use the port; left out, none. */
  readonly origins?: AllowedOrigins | undefined;
  /** Judges scoped tokens; left out, there are none. */
  readonly tokens?: TokenKeys | undefined;
  /** The certificate for HTTPS, and whom to trust when others are asked; left out, HTTP is plain. */
  readonly tls?: HttpTls | undefined;
  /** The program's version. */
  readonly version: string;
}

/** An open HTTP port. */
export class HttpPort implements AsyncDisposable {
  /** The status of its connections. */
  readonly status: HttpConnections;
  readonly #options: HttpOptions;
  readonly #door: HttpDoor;
  readonly #app: EarlyApp;
  readonly #bounds: HttpBounds;
  readonly #ending = new AbortController();
  readonly #shared = new DisposableStack();
  #closing: Promise<void> | undefined;

  /**
   * Opens the port: when this returns it listens, and says that the server is loading, until `serve`.
   *
   * @throws {ConfigError} If the token is missing or no good, or pages of all origins may do everything.
   * @throws What `Deno.listen` throws, such as `Deno.errors.AddrInUse`.
   */
  constructor(options: HttpOptions) {
    const { doors, hostname, port, token, tls, origins = new AllowedOrigins() } = options;
    const hasKey = options.tokens?.hasKey ?? false;
    checkToken(token, { hostname, port, hasKey });
    checkOrigins(origins, { token, hasKey });
    this.#options = options;
    this.#app = new EarlyApp(new Cors(origins));
    const bounds = this.#bounds = this.#shared.use(new HttpBounds(doors));
    this.status = bounds;
    try {
      const address = { hostname, port };
      this.#door = new HttpDoor({ address, certificate: tls, app: this.#app, bounds, doors });
    } catch (error) {
      this.#shared.dispose();
      throw error;
    }
    doors.log.info("http.listening", { host: hostname, port: this.address.port });
  }

  /** Answers for a server that is there now. */
  serve(node: ServedNode): void {
    const options = { ...this.#options, node, bounds: this.#bounds };
    const context = createContext(options, this.#ending.signal, this.#shared);
    const { token, origins = new AllowedOrigins() } = options;
    this.#app.use(createApp(context, { token, origins }));
    observe(catalogue(context), metrics.getMeter("herd", options.version));
  }

  /** Address at which it listens. */
  get address(): Deno.NetAddr {
    return this.#door.address;
  }

  /** Ends all streams, at once. What is asked is still answered. */
  endStreams(): void {
    this.#ending.abort();
  }

  /**
   * Ends streams and closes the port. Requests under way have a moment to end.
   */
  close(): Promise<void> {
    return this.#closing ??= this.#close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    this.endStreams();
    await this.#door.close(CLOSE_MS);
    this.#shared.dispose();
  }
}

/** Parts that the handlers of a port share; whatever is to be disposed of goes to `shared`. */
export function createContext(
  { node, bounds, topology, token, tokens: given, tls, version }:
    & Omit<HttpOptions, "hostname" | "port" | "doors">
    & { readonly node: ServedNode; readonly bounds: HttpBounds },
  ending: AbortSignal,
  shared: DisposableStack,
): HttpContext {
  const { status, clients, store, log, doors: { clock, pace, limits } } = node;
  const secrets = token === undefined ? [] : [encode(token)];
  const tokens = given ?? new TokenKeys({ keys: [], shared: secrets, clock });
  const nearby = shared.use(new NearbyClients(store, pace));
  const context: HttpContext = {
    status,
    clients,
    verify: () => node.verify(),
    store,
    log,
    clock,
    pace,
    limits,
    tokens,
    topology,
    version,
    startedMs: Date.now(),
    monitor: shared.use(new Monitor(store, clock)),
    recent: shared.use(
      new RecentFigures(clock, () => ({
        changes: store.feed.end,
        queries: status.clients.requests.whatsat,
        clients: status.records.clients,
        latency: status.clients.latency.counts,
      })),
    ),
    nearby,
    pages: new ClientPages({ store, pace, nearby }),
    watches: shared.use(new AreaWatches(store, pace)),
    digest: shared.use(new RecordsDigest(store, pace)),
    view: shared.use(
      new HerdView({
        self: status.name,
        topology,
        token: () => tokens.statusToken(),
        trust: tls,
        clock,
        own: () => serverStatus(context),
      }),
    ),
    counts: new HttpCounts(),
    streams: new StreamPlaces({ clock, most: MAX_STREAMS, quietMs: limits.httpAnswerMs }),
    bounds,
    ending,
  };
  return context;
}
