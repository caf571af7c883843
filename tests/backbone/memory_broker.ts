// A stream in memory and in virtual time, after JetStream's: one log, the last message of each
// subject, connections with delays that can end at any moment.

import type { StreamConnection, StreamMessage, StreamReader } from "../../src/backbone/stream.ts";
import type { World } from "../simulation/world/world.ts";

/** Mistakes to plant, to see whether they are found. */
export interface BrokerFault {
  /** Gives not every message. */
  readonly skips?: boolean;
  /** Acknowledges not only what it took. */
  readonly forgets?: boolean;
}

/** The message system. */
export class MemoryBroker {
  /** Names the present stream. */
  id = "stream-1";
  /** The sequence of the last message. */
  end = 0;
  /** The present message of each subject. */
  readonly messages = new Map<string, StreamMessage>();
  /** How long a message takes to a reader, at most; other things take up to 10 ms. */
  readDelayMs = 10;
  /** How far its clock is ahead. */
  aheadSeconds = 0;
  readonly fault: BrokerFault;
  readonly world: World;
  readonly #connections = new Set<MemoryConnection>();
  #isUp = true;
  #made = 1;

  constructor(world: World, fault: BrokerFault = {}) {
    this.world = world;
    this.fault = fault;
  }

  /** Connects after a while. */
  async connect(): Promise<MemoryConnection> {
    await this.world.pass(1 + this.world.random() * 5);
    if (!this.#isUp) throw new Error("connection refused");
    const connection = new MemoryConnection(this);
    this.#connections.add(connection);
    connection.ended.then(() => this.#connections.delete(connection));
    return connection;
  }

  /** Ends all connections and takes no new ones; everything is kept. */
  stop(): void {
    this.#isUp = false;
    for (const connection of this.#connections) connection.drop("the broker went away");
  }

  /** Takes connections again. */
  start(): void {
    this.#isUp = true;
  }

  /** Puts a new, empty stream in the place of the present one. */
  remake(): void {
    for (const connection of this.#connections) connection.drop("the stream is gone");
    this.id = `stream-${++this.#made}`;
    this.end = 0;
    this.messages.clear();
  }

  /** Takes back the last messages, as a machine does that lost power before it had written them. */
  loseAfter(sequence: number): void {
    for (const connection of this.#connections) connection.drop("the broker went away");
    for (const [subject, message] of this.messages) {
      if (message.sequence > sequence) this.messages.delete(subject);
    }
    this.end = sequence;
  }

  /** Takes a message; gives its sequence. */
  put(subject: string, body: Uint8Array): number {
    if (this.fault.forgets && this.world.happens(0.1)) return this.end;
    this.messages.set(subject, { sequence: ++this.end, body, takenSeconds: this.#seconds() });
    for (const connection of this.#connections) connection.wake();
    return this.end;
  }

  /** The message after a sequence. */
  after(sequence: number): StreamMessage | undefined {
    let next: StreamMessage | undefined;
    for (const message of this.messages.values()) {
      if (message.sequence <= sequence) continue;
      if (next === undefined || message.sequence < next.sequence) next = message;
    }
    return next;
  }

  #seconds(): number {
    return 1_800_000_000 + this.world.nowMs / 1000 + this.aheadSeconds;
  }
}

/** One connection. What is under way when it ends never arrives. */
export class MemoryConnection implements StreamConnection {
  readonly server = "memory";
  readonly id: string;
  readonly end: number;
  readonly ended: Promise<string>;
  readonly #broker: MemoryBroker;
  readonly #drop: (reason: string) => void;
  #isOver = false;
  /** When what was sent last arrives: to the broker, acknowledged, and read. */
  #outMs = 0;
  #acknowledgedMs = 0;
  #readMs = 0;
  #reader: StreamReader | undefined;
  #position = 0;
  #isFetching = false;

  constructor(broker: MemoryBroker) {
    this.#broker = broker;
    this.id = broker.id;
    this.end = broker.end;
    const { promise, resolve } = Promise.withResolvers<string>();
    this.ended = promise;
    this.#drop = resolve;
  }

  /** Ends it. */
  drop(reason: string): void {
    this.#isOver = true;
    this.#drop(reason);
  }

  close(): Promise<void> {
    this.drop("closed");
    return Promise.resolve();
  }

  read(after: number, reader: StreamReader): Promise<void> {
    this.#toBroker(() => {
      this.#reader = reader;
      this.#position = after;
      this.wake();
    });
    return Promise.resolve();
  }

  publish(subject: string, body: Uint8Array, done: (sequence: number) => void): void {
    this.#toBroker(() => {
      const sequence = this.#broker.put(subject, body);
      this.#acknowledge(() => done(sequence));
    });
  }

  /** Goes on giving, one message at a time: what is superseded meanwhile is not given. */
  wake(): void {
    const reader = this.#reader;
    if (reader === undefined || this.#isFetching || this.#isOver) return;
    const message = this.#broker.after(this.#position);
    if (message === undefined) return this.#give(() => reader.level());
    this.#isFetching = true;
    this.#position = message.sequence;
    const { fault, world } = this.#broker;
    if (!fault.skips || world.happens(0.9)) this.#give(() => reader.message(message));
    world.after(world.random() * 3, () => {
      this.#isFetching = false;
      this.wake();
    });
  }

  #toBroker(arrive: () => void): void {
    this.#outMs = this.#travel(this.#outMs, 10, arrive);
  }

  #acknowledge(arrive: () => void): void {
    this.#acknowledgedMs = this.#travel(this.#acknowledgedMs, 10, arrive);
  }

  #give(arrive: () => void): void {
    this.#readMs = this.#travel(this.#readMs, this.#broker.readDelayMs, arrive);
  }

  /** In order, and after a delay of its own. */
  #travel(lastMs: number, mostMs: number, arrive: () => void): number {
    const { world } = this.#broker;
    const atMs = Math.max(lastMs, world.nowMs + world.random() * mostMs);
    world.after(atMs - world.nowMs, () => {
      if (!this.#isOver) arrive();
    });
    return atMs;
  }
}
