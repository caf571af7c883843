// A large herd over virtual time: each server is the project's own store and links, and nothing goes
// wrong but that a server may be cut off from all others for a while.

import { encode } from "../../src/base/bytes.ts";
import { Instant } from "../../src/base/instant.ts";
import { LineReader } from "../../src/protocol/lines.ts";
import { silentLog } from "../../src/base/log.ts";
import { parseRequest, Request } from "../../src/protocol/request.ts";
import { AT_PREFIX, Update, writeBody } from "../../src/protocol/update.ts";
import { waitForLine } from "../../src/protocol/lines.ts";
import { LINK_TIMINGS, type LinkTimings } from "../../src/flood/environment.ts";
import { Links } from "../../src/flood/links.ts";
import { Secrets } from "../../src/flood/mac.ts";
import { Store } from "../../src/store/store.ts";
import type { World } from "../simulation/world/world.ts";
import type { Graph } from "./graph.ts";
import { connect, type End, Machine } from "./wire.ts";
import { CLIENT } from "../../src/store/source.ts";

/** Long enough for every link to come up, also after a server was away: twice the longest wait. */
const LINKING_MS = 2 * LINK_TIMINGS.maxBackoffMs;

/** Smaller batches than a server's: two buffers for each of the thousands of streams. */
const TIMINGS: LinkTimings = { ...LINK_TIMINGS, batchBytes: 16 * 1024 };

/** What came from neighbours since the start. */
export interface Traffic {
  /** AT lines. */
  lines: number;
  /** Bytes, with those of POS. */
  bytes: number;
}

/** One server. */
interface Server {
  readonly store: Store;
  readonly links: Links;
  readonly machine: Machine;
  readonly ends: Set<End>;
  isCutOff: boolean;
}

// Requests are taken one at a time and to the end.
const request = new Request();
const now = new Instant();
const update = new Update();
const body = new Uint8Array(8 * 1024);

/** A herd whose servers are S0, S1, ... of a graph. */
export class LargeHerd {
  readonly world: World;
  readonly graph: Graph;
  readonly #servers: readonly Server[];

  constructor(world: World, graph: Graph) {
    this.world = world;
    this.graph = graph;
    this.#servers = graph.map((_, index) => this.#newServer(index));
  }

  /** Starts all servers and lets them find each other. */
  async start(): Promise<void> {
    for (const { links } of this.#servers) links.start();
    await this.link();
  }

  /** Lets time pass until all links are up. */
  async link(): Promise<void> {
    await this.world.run(LINKING_MS);
  }

  /** A client tells a server where it is. Returns the bytes of the AT line that is flooded. */
  tell(server: number, client: string): number {
    const { store } = this.#servers[server]!;
    const name = encode(nameOf(server));
    this.world.tell(0, now);
    const line = encode(`IAMAT ${client} +34.068930-118.445127 ${now}`);
    parseRequest(line, 0, line.length, request);
    const bodyBytes = writeBody(name, now, request, line, body, 0, update);
    store.apply(update, CLIENT);
    return AT_PREFIX.length + bodyBytes + ` ${nameOf(server)}\n`.length;
  }

  /** Calls `onChange` at the next change of each server. */
  onNextChanges(onChange: () => void): void {
    for (const { store } of this.#servers) store.feed.onChange(onChange);
  }

  /** Cuts a server off from all others: its links end, and new ones fail. */
  cutOff(server: number): void {
    const { ends } = this.#servers[server]!;
    this.#servers[server]!.isCutOff = true;
    for (const end of ends) end.close();
    ends.clear();
  }

  /** Lets it be reached again. */
  letBack(server: number): void {
    this.#servers[server]!.isCutOff = false;
  }

  /** What a server, or all of them together, have received so far. */
  received(server?: number): Traffic {
    const servers = server === undefined ? this.#servers : [this.#servers[server]!];
    const traffic = { lines: 0, bytes: 0 };
    for (const { links } of servers) {
      for (const { linesReceived, bytesReceived } of links.neighbours.values()) {
        traffic.lines += linesReceived;
        traffic.bytes += bytesReceived;
      }
    }
    return traffic;
  }

  /** How many clients a server knows. */
  clientsOf(server: number): number {
    return this.#servers[server]!.store.size;
  }

  /** How many servers know fewer clients than another one does. */
  get lagging(): number {
    const sizes = this.#servers.map(({ store }) => store.size);
    const most = Math.max(...sizes);
    return sizes.filter((it) => it < most).length;
  }

  /** Ends all links. */
  async stop(): Promise<void> {
    const stopped = Promise.all(this.#servers.map(({ links }) => links.stop()));
    await this.world.run(LINKING_MS);
    await stopped;
  }

  #newServer(index: number): Server {
    const { world } = this;
    const store = new Store(world.token(), world.below(2 ** 32));
    const links = new Links({
      herd: "large",
      self: nameOf(index),
      incarnation: world.token(),
      neighbours: this.graph[index]!.map(({ server }) => nameOf(server)),
      store,
      // MACs would be most of the work, and change no figure but that of POS's 64 bytes.
      secrets: new Secrets([]),
      clock: world.clock(0, () => true),
      log: silentLog,
      timings: TIMINGS,
      randomToken: () => world.token(),
      random: world.random,
      dial: (name) => this.#dial(index, Number(name.slice(1))),
    });
    return { store, links, machine: new Machine(world), ends: new Set(), isCutOff: false };
  }

  #dial(from: number, to: number): Promise<End> {
    const { world } = this;
    const { delayMs } = this.graph[from]!.find(({ server }) => server === to)!;
    const caller = this.#servers[from]!;
    const callee = this.#servers[to]!;
    return new Promise((resolve, reject) => {
      world.after(delayMs, () => {
        if (caller.isCutOff || callee.isCutOff) return reject(new Error("No route"));
        const [near, far] = connect(world, delayMs, [caller.machine, callee.machine]);
        for (const { ends } of [caller, callee]) ends.add(near);
        resolve(near);
        void this.#serve(callee, far);
      });
    });
  }

  async #serve({ links }: Server, end: End): Promise<void> {
    const lines = new LineReader(end);
    if (await waitForLine(lines)) await links.serve(end, lines, "large");
  }
}

function nameOf(server: number): string {
  return `S${server}`;
}
