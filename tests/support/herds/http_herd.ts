// A herd in this process whose servers have HTTP ports that know each other:
// `await using herd = startHttpHerd(...)`.

import { type HerdNode, startNode } from "../../../src/server/node.ts";
import { parseTopology, type Topology } from "../../../src/topology/topology.ts";
import { freePort } from "../processes/ports.ts";
import { loneOptions } from "./herd.ts";
import { startHttp, type TestHttp } from "./http.ts";

/** How to make one. */
export interface HttpHerdOptions {
  /** Each server's location, by name; all the herd's servers. */
  readonly servers: Readonly<Record<string, string>>;
  readonly links: readonly (readonly [string, string])[];
  readonly token?: string;
}

/** Servers with HTTP ports. */
export class HttpHerd implements AsyncDisposable {
  readonly topology: Topology;
  readonly #token: string | undefined;
  readonly #nodes = new Map<string, HerdNode>();
  readonly #https = new Map<string, TestHttp>();

  constructor({ servers, links, token }: HttpHerdOptions) {
    this.#token = token;
    const entries = Object.entries(servers).map(([name, location]) => {
      return [name, { host: "127.0.0.1", port: freePort(), http: freePort(), location }];
    });
    const text = JSON.stringify({ herd: "test", servers: Object.fromEntries(entries), links });
    this.topology = parseTopology(text);
    for (const name of this.topology.servers.keys()) this.start(name);
  }

  /** The port of the line protocol. */
  port(name: string): number {
    return this.topology.server(name).port;
  }

  /** The dashboard of a server. */
  url(name: string): string {
    return `${this.#https.get(name)!.url}/`;
  }

  /** The node of a server. */
  node(name: string): HerdNode {
    return this.#nodes.get(name)!;
  }

  /** Starts a server that is not running, with nothing in memory. */
  start(name: string): void {
    const address = (it: string) => ({ hostname: "127.0.0.1", port: this.port(it) });
    const node = startNode(loneOptions({
      name,
      address: address(name),
      neighbours: new Map(this.topology.neighbours(name).map((it) => [it, address(it)])),
    }));
    const { http } = this.topology.server(name);
    this.#nodes.set(name, node);
    this.#https.set(
      name,
      startHttp(node, {
        topology: this.topology,
        port: http!,
        ...this.#token === undefined ? {} : { token: this.#token },
      }),
    );
  }

  /** Stops a server. */
  async stop(name: string): Promise<void> {
    await Promise.all([this.#nodes.get(name)!.stop(), this.#https.get(name)!.port.close()]);
  }

  /** Stops all. */
  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#nodes.keys()].map((it) => this.stop(it)));
  }
}
