// Servers of a herd in this process, on free ports: `await using herd = await startHerd(...)`.

import { silentLog } from "../../../src/base/log.ts";
import type { NearbyResponse, PlacesProvider } from "../../../src/places/provider.ts";
import { diskStorage, type DiskStorageOptions } from "../../../src/server/records/storage.ts";
import type { Address } from "../../../src/server/tcp.ts";
import { type HerdNode, type NodeOptions, startNode } from "../../../src/server/node.ts";
import { SystemClock } from "../../../src/server/system.ts";
import type { Topology } from "../../../src/topology/topology.ts";
import { temporaryFolder } from "../files/temporary.ts";
import { startHttp, type TestHttp } from "./http.ts";
import { type HerdShape, type ServerEntry, shapeHerd } from "./shape.ts";

/** A provider that gives what a function says. */
export function placesOf(nearby: PlacesProvider["nearby"]): PlacesProvider {
  return { name: "test", nearby, [Symbol.dispose]() {} };
}

/** A response with no places. */
export const NO_PLACES: NearbyResponse = {
  html_attributions: [],
  results: [],
  status: "ZERO_RESULTS",
};

/** Options of one server that has no neighbours. */
export function loneOptions(more: Partial<NodeOptions> = {}): NodeOptions {
  return {
    herd: "test",
    name: "Goloman",
    address: { hostname: "127.0.0.1", port: 0 },
    neighbours: new Map(),
    places: placesOf(() => NO_PLACES),
    log: silentLog,
    ...more,
  };
}

/** What may be chosen for a server; `durability` counts where records are on disk. */
export type ServerOptions = Partial<NodeOptions> & Partial<Pick<DiskStorageOptions, "durability">>;

/** A herd, and how its servers are run. */
export interface HerdOptions extends HerdShape {
  /** What each server is given. */
  readonly options?: ServerOptions;
  /** Servers keep their records on disk, each in a folder of its own; in memory when left out. */
  readonly isDurable?: boolean;
  /** What HTTP ports ask for. */
  readonly token?: string;
}

/** Servers that are started and stopped as a test likes. Disposing stops those that run. */
export class TestHerd implements AsyncDisposable {
  readonly servers: Readonly<Record<string, ServerEntry>>;
  readonly topology: Topology;
  readonly #options: HerdOptions;
  readonly #folder: ReturnType<typeof temporaryFolder> | undefined;
  readonly #nodes = new Map<string, HerdNode>();
  readonly #https = new Map<string, TestHttp>();

  constructor(options: HerdOptions = {}) {
    const { servers, topology } = shapeHerd(options);
    this.servers = servers;
    this.topology = topology;
    this.#options = options;
    this.#folder = options.isDurable ? temporaryFolder() : undefined;
  }

  get names(): string[] {
    return [...this.topology.servers.keys()];
  }

  /** Where a server listens. */
  address(name: string): Address {
    return { hostname: "127.0.0.1", port: this.port(name) };
  }

  /** The port of the line protocol. */
  port(name: string): number {
    return this.topology.server(name).port;
  }

  /** A server that was started. */
  node(name: string): HerdNode {
    return this.#nodes.get(name)!;
  }

  /** All that were started. */
  get nodes(): HerdNode[] {
    return [...this.#nodes.values()];
  }

  /** The HTTP port of a server that was started. */
  http(name: string): TestHttp {
    return this.#https.get(name)!;
  }

  /** The dashboard of a server. */
  url(name: string): string {
    return `${this.http(name).url}/`;
  }

  /** The folder of a server's data. */
  folderOf(name: string): string {
    return `${this.#folder!.path}/${name}`;
  }

  /** Starts a server that does not run: with what is in its folder, or with nothing in memory. */
  async start(name: string, options: ServerOptions = {}): Promise<HerdNode> {
    const all = { ...this.#options.options, ...options };
    const { durability: _, ...more } = all;
    const node = startNode(loneOptions({
      name,
      address: this.address(name),
      neighbours: new Map(this.topology.neighbours(name).map((it) => [it, this.address(it)])),
      ...this.#folder && { storage: await this.#storage(name, all) },
      ...more,
    }));
    this.#nodes.set(name, node);
    const { topology } = this;
    const { http: port } = topology.server(name);
    if (port !== undefined) {
      const { token } = this.#options;
      this.#https.set(name, startHttp(node, { topology, port, ...token && { token } }));
    }
    return node;
  }

  /** Stops a server. */
  async stop(name: string): Promise<void> {
    await Promise.all([this.node(name).stop(), this.#https.get(name)?.port.close()]);
  }

  /** Stops a server and starts it again. */
  async restart(name: string, options: ServerOptions = {}): Promise<HerdNode> {
    await this.stop(name);
    return await this.start(name, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#nodes.keys()].map((it) => this.stop(it)));
    this.#folder?.[Symbol.dispose]();
  }

  #storage(server: string, options: ServerOptions) {
    const { log = silentLog, clock = new SystemClock(), durability = "relaxed" } = options;
    const { herd } = loneOptions();
    const folder = this.folderOf(server);
    return diskStorage({ folder, herd, server, durability, clock, log });
  }
}

/** Starts all servers of a herd. */
export async function startHerd(options: HerdOptions = {}): Promise<TestHerd> {
  const herd = new TestHerd(options);
  try {
    for (const name of herd.names) await herd.start(name);
    return herd;
  } catch (error) {
    await herd[Symbol.asyncDispose]();
    throw error;
  }
}
