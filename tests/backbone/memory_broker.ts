// A stream in memory and in virtual time, after JetStream's: one log, the last message of each
// subject, connections with delays that can end at any moment.

import type {
  Refusal,
  StreamCondition,
  StreamConnection,
  StreamMessage,
  StreamRange,
  StreamReader,
} from "../../src/backbone/stream.ts";
import { aborted, after, until } from "../../src/base/waiting.ts";
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
  /** Time for which a message takes to a reader, at most; other things take up to 10 ms. */
  readDelayMs = 10;
  /** How far its clock is ahead. */
  aheadSeconds = 0;
  /** How the stream is set up. */
  condition: StreamCondition = { maxMessageBytes: 1_000_000, faults: [] };
  /** Why a message is refused; undefined when it is taken. */
  refuse: (body: Uint8Array) => Refusal | undefined = () => undefined;
  /** True if servers may ask for a subject's present message. */
  denial: Error | undefined;
  readonly fault: BrokerFault;
  readonly world: World;
  readonly #connections = new Set<MemoryConnection>();
  #isUp = true;
  #made = 1;

  constructor(world: World, fault: BrokerFault = {}) {
    this.world = world;
    this.fault = fault;
  }

  /** Connects after a while of virtual time; rejects when the signal is aborted before. */
  async connect(signal = new AbortController().signal): Promise<MemoryConnection> {
    await until(after(this.world, 1 + this.world.random() * 5), aborted(signal));
    signal.throwIfAborted();
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
  /** When what was sent last arrives: to the broker, and back. */
  #outMs = 0;
  #backMs = 0;
  readonly #cursors: Cursor[] = [];

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

  get condition(): StreamCondition {
    return this.#broker.condition;
  }

  inspect(): Promise<StreamCondition> {
    return Promise.resolve(this.#broker.condition);
  }

  read(range: StreamRange, reader: StreamReader): Promise<void> {
    this.#toBroker(() => {
      const cursor = new Cursor(this.#broker, this, range, reader);
      this.#cursors.push(cursor);
      cursor.wake();
    });
    return Promise.resolve();
  }

  async last(subject: string): Promise<StreamMessage | undefined> {
    const { promise, resolve } = Promise.withResolvers<StreamMessage | undefined>();
    this.#toBroker(() => {
      const message = this.#broker.messages.get(subject);
      this.#back(() => resolve(message));
    });
    const message = await promise;
    if (this.#broker.denial !== undefined) throw this.#broker.denial;
    return message;
  }

  publish(subject: string, body: Uint8Array, answer: (answer: number | Refusal) => void): void {
    this.#toBroker(() => {
      const given = this.#broker.refuse(body) ?? this.#broker.put(subject, body);
      this.#back(() => answer(given));
    });
  }

  /** Gives a message to the reader of the news. */
  give(message: StreamMessage): void {
    this.#cursors[0]!.reader.message(message);
  }

  /** True when it has ended. */
  get isOver(): boolean {
    return this.#isOver;
  }

  /** Goes on giving. */
  wake(): void {
    for (const cursor of this.#cursors) cursor.wake();
  }

  #toBroker(arrive: () => void): void {
    this.#outMs = this.#travel(this.#outMs, 10, arrive);
  }

  #back(arrive: () => void): void {
    this.#backMs = this.#travel(this.#backMs, 10, arrive);
  }

  #travel(lastMs: number, mostMs: number, arrive: () => void): number {
    return travel(this, this.#broker.world, { lastMs, mostMs, arrive });
  }
}

/** One range that is read, one message at a time: what is superseded meanwhile is not given. */
class Cursor {
  readonly #broker: MemoryBroker;
  readonly #connection: MemoryConnection;
  readonly #range: StreamRange;
  readonly reader: StreamReader;
  #position: number;
  #isFetching = false;
  #readMs = 0;

  constructor(
    broker: MemoryBroker,
    connection: MemoryConnection,
    range: StreamRange,
    reader: StreamReader,
  ) {
    this.#broker = broker;
    this.#connection = connection;
    this.#range = range;
    this.reader = reader;
    this.#position = range.after;
  }

  wake(): void {
    if (this.#isFetching || this.#connection.isOver) return;
    const message = this.#broker.after(this.#position);
    const { until = Infinity } = this.#range;
    if (message === undefined || message.sequence > until) {
      return this.#give(() => this.reader.through());
    }
    this.#isFetching = true;
    this.#position = message.sequence;
    const { fault, world } = this.#broker;
    if (!fault.skips || world.happens(0.9)) this.#give(() => this.reader.message(message));
    world.after(world.random() * 3, () => {
      this.#isFetching = false;
      this.wake();
    });
  }

  #give(arrive: () => void): void {
    const { world, readDelayMs: mostMs } = this.#broker;
    this.#readMs = travel(this.#connection, world, { lastMs: this.#readMs, mostMs, arrive });
  }
}

/** In order, and after a delay of its own; gives when it arrives. */
function travel(
  connection: MemoryConnection,
  world: World,
  { lastMs, mostMs, arrive }: { lastMs: number; mostMs: number; arrive: () => void },
): number {
  const atMs = Math.max(lastMs, world.nowMs + world.random() * mostMs);
  world.after(atMs - world.nowMs, () => {
    if (!connection.isOver) arrive();
  });
  return atMs;
}
