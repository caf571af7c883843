// Servers in this process whose records are on disk, each in a folder of its own.

import { silentLog } from "../../../src/base/log.ts";
import { type HerdNode, type NodeOptions, startNode } from "../../../src/server/node.ts";
import { diskStorage, type DiskStorageOptions } from "../../../src/server/disk/storage.ts";
import { SystemClock } from "../../../src/server/system.ts";
import { temporaryFolder } from "../files/temporary.ts";
import { exchange } from "./client.ts";
import { freePort } from "../processes/ports.ts";
import { loneOptions } from "./herd.ts";

/** What may be chosen for one server. */
export type DurableOptions =
  & Partial<Pick<NodeOptions, "log" | "clock" | "retainSeconds">>
  & Partial<Pick<DiskStorageOptions, "durability">>;

/** Servers by name that are started and stopped as a test likes. Disposing stops those that run. */
export class DurableHerd implements AsyncDisposable {
  readonly #folder = temporaryFolder();
  readonly #links: readonly (readonly [string, string])[];
  readonly #ports = new Map<string, number>();
  readonly #nodes = new Map<string, HerdNode>();

  constructor(links: readonly (readonly [string, string])[] = []) {
    this.#links = links;
    for (const name of links.flat()) this.#ports.set(name, freePort());
  }

  /** The folder of a server's data. */
  folderOf(name: string): string {
    return `${this.#folder.path}/${name}`;
  }

  /** A server that was started. */
  node(name: string): HerdNode {
    return this.#nodes.get(name)!;
  }

  /** Starts a server with what is in its folder. */
  async start(name: string, options: DurableOptions = {}): Promise<HerdNode> {
    const { log = silentLog, clock = new SystemClock(), durability = "relaxed", retainSeconds } =
      options;
    const herd = loneOptions().herd;
    const folder = this.folderOf(name);
    const storage = await diskStorage({
      folder,
      herd,
      server: name,
      durability,
      retainSeconds,
      clock,
      log,
    });
    const address = (server: string) => ({
      hostname: "127.0.0.1",
      port: this.#ports.get(server) ?? 0,
    });
    const neighbours = this.#links.filter((it) => it.includes(name))
      .map(([a, b]) => a === name ? b : a);
    const node = startNode(loneOptions({
      herd,
      name,
      address: address(name),
      neighbours: new Map(neighbours.map((it) => [it, address(it)])),
      log,
      clock,
      storage,
      ...retainSeconds === undefined ? {} : { retainSeconds },
    }));
    this.#nodes.set(name, node);
    return node;
  }

  /** Stops a server and starts it again. */
  async restart(name: string, options: DurableOptions = {}): Promise<HerdNode> {
    await this.node(name).stop();
    return await this.start(name, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#nodes.values()].map((it) => it.stop()));
    this.#folder[Symbol.dispose]();
  }
}

/** Tells a server where a client is; gives its reply. */
export function tellNode(node: HerdNode, line: string): Promise<string> {
  return exchange(node.address.port, `IAMAT ${line}\n`);
}

/** The AT line that a server has of a client; undefined when it knows none. */
export async function lineOf(node: HerdNode, client: string): Promise<string | undefined> {
  const reply = await exchange(node.address.port, `WHATSAT ${client} 0 0\n`);
  return reply.startsWith("AT ") ? reply.slice(0, reply.indexOf("\n") + 1) : undefined;
}
