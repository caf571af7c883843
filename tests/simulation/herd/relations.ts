// A simulated herd, its servers and their incarnations, as they and the checks know each other, and the
// mistakes that may be planted in them. Interfaces, so that no class has to import those above it.

import type { Clock } from "../../../src/base/clock.ts";
import type { Connection } from "../../../src/base/connection.ts";
import type { Log } from "../../../src/base/log.ts";
import type { Links } from "../../../src/flood/links.ts";
import type { ExpiryClock } from "../../../src/server/records/expiry_clock.ts";
import type { Disk } from "../../../src/store/disk.ts";
import type { DurableSink } from "../../../src/store/durable_sink.ts";
import type { Store } from "../../../src/store/store.ts";
import type { Ledger } from "../checks/ledger.ts";
import type { Trace } from "../checks/trace.ts";
import type { SimulatedDisk } from "../world/disk.ts";
import type { End, Host } from "../world/wires.ts";
import type { World } from "../world/world.ts";
import type { Setup } from "./setup.ts";

/** A herd: the surroundings of its servers. */
export interface HerdOfServers {
  readonly world: World;
  readonly setup: Setup;
  /** The mistake that is planted in it; an empty one plants none. */
  readonly fault: Fault;
  /** Undefined when nobody is going to read it. */
  readonly trace: Trace | undefined;
  readonly servers: ReadonlyMap<string, ServerOfHerd>;
  /** True if what can heal has healed. */
  readonly isAtPeace: boolean;
  /** The names of the neighbours of a server. */
  neighboursOf(name: string): string[];
  /** The log of a server. */
  logOf(name: string): Log;
  /** True if some server drops this body, as too old by its own clock. */
  isExpired(body: string): boolean;
  /** Notes that something does not hold. */
  violate(what: string): void;
  /** Connects a server to a neighbour; hangs, as connecting does, where nobody answers. */
  dial(from: IncarnationOfServer, to: string, signal: AbortSignal): Promise<End>;
}

/** A server: the machine of its incarnations. */
export interface ServerOfHerd {
  readonly herd: HerdOfServers;
  readonly name: string;
  /** Undefined in a herd that keeps no files. */
  readonly disk: SimulatedDisk | undefined;
  readonly ledger: Ledger;
  /** How far its clock is ahead of the world's. */
  readonly clockOffsetMs: number;
  /** True if its machine has power. */
  readonly isOn: boolean;
  /** True if it is never going to start again. */
  readonly isGone: boolean;
  /** Its present incarnation, if it has one. */
  readonly incarnation: IncarnationOfServer | undefined;
  /** Ends its process, as SIGKILL does. */
  kill(): void;
}

/** An incarnation: what a process of a server has in memory, from its start to its end. */
export interface IncarnationOfServer extends Host {
  readonly server: ServerOfHerd;
  /** The name of its feed, once it has read its disk. */
  readonly feedId: string;
  /** True if the process exists. */
  readonly isAlive: boolean;
  /** Its parts, once it has read its disk, and until it begins to stop. */
  readonly parts: Parts | undefined;
}

/** The parts of a server that runs. */
export interface Parts {
  readonly store: Store;
  readonly links: Links;
  /** Undefined in a server that keeps no file. */
  readonly sink: DurableSink | undefined;
}

/** A mistake: what it puts in place of what an incarnation of a server is given. */
export interface Fault {
  /** True if links have no MACs: what the fault does to their bytes is not to be found by these. */
  readonly isWithoutMacs?: boolean;
  /** The name of the feed. */
  feedId?(incarnation: IncarnationOfServer): string;
  /** The id of the incarnation. */
  incarnationId?(incarnation: IncarnationOfServer): string;
  /** Spoils a store that was just restored. */
  store?(store: Store, incarnation: IncarnationOfServer): void;
  /** The time by which records expire. */
  expiry?(clock: Clock): Pick<ExpiryClock, "look">;
  /** The disk that the sink is given. */
  disk?(disk: Disk, incarnation: IncarnationOfServer): Disk;
  /** The connection of one who leads. */
  leading?(connection: Connection, incarnation: IncarnationOfServer): Connection;
  /** The connection of one who follows. */
  following?(connection: Connection, incarnation: IncarnationOfServer, leader: string): Connection;
  /** Changes the project's classes until it is disposed of, at the end of the trial. */
  code?(): Disposable;
}
