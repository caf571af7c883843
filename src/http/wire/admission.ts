// Who may have a connection of the HTTP port. A connection that waits for its client to ask something
// holds its place only until somebody else needs it: so neither silent clients nor idle browsers keep
// anybody out, and a crowd from one place crowds out itself.

import { isLoopbackHost, networkOf } from "../../base/address.ts";
import { Refusals } from "../../server/clients/refusals.ts";
import type { Doors } from "../../server/doors.ts";
import type { HttpTicket } from "./session_context.ts";

/** A connection's place; given back when it has ended. */
export interface HttpPlace extends HttpTicket, Disposable {
  /** True if it had to make room for another one. */
  readonly isEvicted: boolean;
}

interface Network {
  /** Connections of the network. */
  count: number;
  /** Those that wait for their client, the longest first. */
  readonly idle: Set<Entry>;
}

interface Entry {
  readonly key: string;
  readonly network: Network;
  readonly evict: () => void;
  isOver: boolean;
  isEvicted: boolean;
}

/** Counts the connections of one HTTP port. */
export class HttpAdmission implements Disposable {
  readonly #doors: Pick<Doors, "limits" | "clock" | "log">;
  readonly #networks = new Map<string, Network>();
  readonly #refusals: Refusals;
  #count = 0;
  #evicted = 0;

  /** Nobody is connected yet. */
  constructor(doors: Pick<Doors, "limits" | "clock" | "log">) {
    this.#doors = doors;
    this.#refusals = new Refusals(doors, "http.refused", () => this.#count);
  }

  /** Open connections. */
  get connections(): number {
    return this.#count;
  }

  /** Connections that found no place, since the start. */
  get refused(): number {
    return this.#refusals.count;
  }

  /** Connections that made room while they waited for their client, since the start. */
  get evicted(): number {
    return this.#evicted;
  }

  /**
   * Gives a connection from `host`, an IP address, a place; undefined if there is none. `evict` is
   * called if it has to make room: it must close the connection.
   */
  enter(host: string, evict: () => void): HttpPlace | undefined {
    const { limits } = this.#doors;
    const key = networkOf(host);
    const most = isLoopbackHost(host)
      ? limits.maxHttpConnectionsPerLoopback
      : limits.maxHttpConnectionsPerAddress;
    const network = this.#networks.get(key) ?? { count: 0, idle: new Set<Entry>() };
    const isFull = this.#count >= limits.maxHttpConnections;
    const isCrowd = network.count >= most;
    if ((isFull || isCrowd) && !this.#makeRoom(isCrowd ? network : this.#largest())) {
      this.#refusals.add();
      return undefined;
    }
    return this.#add({ key, network, evict, isOver: false, isEvicted: false });
  }

  /** Tells the log nothing more. */
  [Symbol.dispose](): void {
    this.#refusals[Symbol.dispose]();
  }

  #add(entry: Entry): HttpPlace {
    const { key, network } = entry;
    this.#count++;
    network.count++;
    network.idle.add(entry);
    this.#networks.set(key, network);
    return {
      get isEvicted() {
        return entry.isEvicted;
      },
      idle() {
        if (!entry.isOver) network.idle.add(entry);
      },
      busy() {
        network.idle.delete(entry);
      },
      [Symbol.dispose]: () => this.#leave(entry),
    };
  }

  #leave(entry: Entry): void {
    if (entry.isOver) return;
    const { key, network } = entry;
    entry.isOver = true;
    network.idle.delete(entry);
    this.#count--;
    if (--network.count === 0) this.#networks.delete(key);
  }

  /** Ends the connection of the network that has waited longest; false if none waits. */
  #makeRoom(network: Network | undefined): boolean {
    const [entry] = network?.idle ?? [];
    if (entry === undefined) return false;
    this.#leave(entry);
    this.#evicted++;
    entry.isEvicted = true;
    entry.evict();
    return true;
  }

  /** Of the networks that have idle connections, the one with the most connections. */
  #largest(): Network | undefined {
    let largest: Network | undefined;
    for (const network of this.#networks.values()) {
      if (network.idle.size > 0 && network.count > (largest?.count ?? 0)) largest = network;
    }
    return largest;
  }
}
