// One server on a backbone in virtual time: a real store, a real backbone and a real durable sink,
// over a stream and a disk in memory.

import type { StreamMessage } from "../../src/backbone/stream.ts";
import { Backbone } from "../../src/backbone/backbone.ts";
import { BACKBONE_TIMINGS, type BackboneTimings } from "../../src/backbone/environment.ts";
import { subjectMaker } from "../../src/backbone/subject.ts";
import type { Log } from "../../src/base/log.ts";
import { silentLog } from "../../src/base/log.ts";
import { parseBody, Update } from "../../src/protocol/update.ts";
import { DurableSink } from "../../src/store/durable_sink.ts";
import { restore } from "../../src/store/restore.ts";
import { type Applied, serverOf } from "../../src/store/source.ts";
import type { Store } from "../../src/store/store.ts";
import type { World } from "../simulation/world/world.ts";
import { MemoryMedium } from "../support/fakes/memory_disk.ts";
import { fromLatin1, latin1, referenceCompare } from "../support/reference/reference.ts";
import type { MemoryBroker, MemoryConnection } from "./memory_broker.ts";

/** The subject of a client in the herd of the tests. */
export const subjectOf = subjectMaker("test");

/** How to run one. */
export interface ServerOptions {
  readonly timings?: Partial<BackboneTimings>;
  readonly log?: Log;
  /** The servers of the topology. */
  readonly origins?: ReadonlySet<string>;
  /** A mistake to plant: nothing is ever published again. */
  readonly isWithoutRepair?: boolean;
}

/** A server that can stop, crash and come back. */
export class BackboneServer {
  readonly name: string;
  readonly medium: MemoryMedium = new MemoryMedium();
  store!: Store;
  backbone!: Backbone;
  #sink!: DurableSink;
  #connection: MemoryConnection | undefined;
  #run = 0;
  readonly #world: World;
  readonly #broker: MemoryBroker;
  readonly #options: ServerOptions;

  constructor(world: World, broker: MemoryBroker, name: string, options: ServerOptions = {}) {
    this.#world = world;
    this.#broker = broker;
    this.name = name;
    this.#options = options;
  }

  /** Starts with what is on its disk. */
  async start(): Promise<void> {
    const run = ++this.#run;
    const clock = this.#world.clock(0, () => this.#run === run);
    const disk = this.medium.open();
    const { store, held } = await restore(disk, { feedId: this.#world.token(), seed: 1 });
    const { log = silentLog, timings, origins, isWithoutRepair } = this.#options;
    if (isWithoutRepair) store.announce = () => {};
    this.store = store;
    this.backbone = new Backbone({
      store,
      held,
      clock,
      log,
      timings: { ...BACKBONE_TIMINGS, ...timings },
      random: this.#world.random,
      origins,
      subjectOf,
      connect: async (signal) => {
        const connection = await this.#broker.connect(signal);
        if (this.#run !== run) throw new Error("it crashed");
        return this.#connection = connection;
      },
    });
    this.#sink = new DurableSink({
      store,
      disk,
      segments: disk.saved.segments,
      durability: "relaxed",
      clock,
      log,
      held: () => this.backbone.held(),
    });
    this.#sink.start();
    this.backbone.start();
  }

  /** Ends at once: memory is gone, the disk has what was committed. */
  crash(): void {
    this.#run++;
    this.#connection?.drop("the server crashed");
  }

  /** Ends as a server does that is asked to. */
  async stop(): Promise<void> {
    await this.backbone.stop();
    await this.#sink.close();
  }

  /** Ends the connection to the broker. */
  disconnect(): void {
    this.#connection?.drop("the wire was cut");
  }

  /** Takes a body, from a client or, with the bit of one, from a neighbour. */
  take(body: string, knownTo = 0): Applied {
    const update = new Update();
    const bytes = fromLatin1(body);
    if (!parseBody(bytes, 0, bytes.length, update)) throw new Error(`No body: '${body}'`);
    return this.store.apply(update, serverOf(knownTo));
  }

  /** Gives it a message out of the order of the stream. */
  give(message: StreamMessage): void {
    this.#connection!.give(message);
  }

  /** Its records by client, in the order of the feed. */
  bodies(after = 0): Map<string, string> {
    using reader = this.store.feed.readFrom(after);
    const bodies = new Map<string, string>();
    for (let record = reader.next(); record !== 0; record = reader.next()) {
      const body = new Uint8Array(this.store.bodyLength(record));
      this.store.copyBody(record, body, 0);
      bodies.set(clientOf(latin1(body)), latin1(body));
    }
    return bodies;
  }

  /** What the positions that it holds promise and do not keep. */
  brokenPromises(): string[] {
    const held = this.backbone.held();
    const position = held.get("nats:in");
    const published = held.get("nats:out");
    if (position?.feedId !== this.#broker.id || published === undefined) return [];
    const bodies = this.bodies();
    const broken: string[] = [];
    const unpublished = this.bodies(published.position);
    for (const [client, own] of bodies) {
      const message = this.#broker.messages.get(subjectOf(fromLatin1(client)));
      const text = message && latin1(message.body);
      const order = text === undefined ? -1 : referenceCompare(text, own);
      const isRead = message === undefined || message.sequence <= position.position;
      if (isRead && order > 0) {
        broken.push(`${this.name} holds ${position.position} and not '${text}'`);
      }
      // What it has not read may have been put over what it published.
      if (isRead && order < 0 && !unpublished.has(client)) {
        broken.push(`${this.name} has published up to ${published.position}, but not '${own}'`);
      }
    }
    for (const { sequence, body } of this.#broker.messages.values()) {
      if (sequence <= position.position && !bodies.has(clientOf(latin1(body)))) {
        broken.push(`${this.name} holds ${position.position} and not '${latin1(body)}'`);
      }
    }
    return broken;
  }
}

/** The third field of a body. */
export function clientOf(body: string): string {
  return body.split(" ")[2]!;
}
