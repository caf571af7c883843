// Reads the change feed and publishes what the stream does not have, for as long as one connection
// lasts. Nothing is queued: what waits is in the feed, and what is in flight is bounded.
//
// The stream keeps what was published last, which may be older than what it had: two servers may
// publish at once. So a server that reads something older than what it knows the stream had, or
// published itself before that, publishes the newer one again.

import { ANYBODY, STREAM_BIT } from "../store/known_to.ts";
import type { FeedReader } from "../store/feed.ts";
import { changed, nextTurn, until, WakeUp } from "../base/waiting.ts";
import { Courtesy } from "./courtesy.ts";
import type { BackboneEnvironment } from "./environment.ts";
import type { Intake } from "./intake.ts";
import type { StreamConnection } from "./stream.ts";

/** Records that are passed over in one turn; then clients have theirs. */
const MAX_PASSED_A_TURN = 10_000;

/** Counts since start, over all connections. */
export interface PublisherFigures {
  /** Messages that the stream took. */
  published: number;
  /** Those among them that another server had published before. */
  repeated: number;
  /** Records that were not published, because the stream has them or they are expired. */
  withheld: number;
}

/** A record that is being published: one version at a time. */
interface Flight {
  /** The position in our feed of the version that is under way. */
  position: number;
  /** The position of a newer version that was met meanwhile; 0 for none. */
  again: number;
  /** The sequence of the last older message that was read meanwhile; 0 for none. */
  older: number;
  sentMs: number;
}

/** Where and how to publish. */
export interface PublisherOptions {
  readonly environment: BackboneEnvironment;
  readonly stream: StreamConnection;
  readonly intake: Intake;
  readonly figures: PublisherFigures;
  /** The position from a connection before; 0 to begin. */
  readonly from: number;
  /** Called when the connection is of no use any more. */
  fail(reason: string): void;
}

/** Publishes until it is disposed of. */
export class Publisher implements Disposable {
  readonly #options: PublisherOptions;
  readonly #flights = new Map<number, Flight>();
  /** Reads the news of our own clients, at once. */
  readonly #prompt: FeedReader;
  /** Reads everything, a moment later. */
  readonly #patient: FeedReader;
  readonly #courtesy: Courtesy;
  #isOver = false;
  /** There is room in flight, it is the patient's time, or it is over. */
  readonly #work = new WakeUp();
  readonly #settled = new WakeUp();
  #cancelWatch: (() => void) | undefined;

  /** Begins. */
  constructor(options: PublisherOptions) {
    this.#options = options;
    const { feed } = options.environment.store;
    this.#patient = feed.readFrom(options.from);
    this.#prompt = feed.readFrom(feed.end);
    this.#courtesy = new Courtesy(options.environment, () => this.#work.wake());
    this.#run();
  }

  /** The position of our feed up to which the stream has, or had, everything. */
  get position(): number {
    let position = this.#patient.position;
    for (const flight of this.#flights.values()) position = Math.min(position, flight.position - 1);
    return position;
  }

  /** Whether a record is being published: what older message was read is weighed after that. */
  defersOlder(record: number, sequence: number): boolean {
    const flight = this.#flights.get(record);
    if (flight !== undefined) flight.older = sequence;
    return flight !== undefined;
  }

  /** Resolves when all news of our own clients is in the stream. */
  settled(): Promise<unknown> {
    const settled = until(this.#settled.woken);
    this.#work.wake();
    return settled;
  }

  [Symbol.dispose](): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#work.wake();
    this.#cancelWatch?.();
    this.#courtesy[Symbol.dispose]();
    this.#prompt[Symbol.dispose]();
    this.#patient[Symbol.dispose]();
  }

  async #run(): Promise<void> {
    const { clock, store: { feed }, timings } = this.#options.environment;
    while (!this.#isOver) {
      const isThrough = this.#read(this.#prompt, feed.end, timings.maxInFlight) &&
        this.#read(this.#patient, this.#courtesy.limit, this.#courtesy.room);
      this.#courtesy.look(this.#patient.position, feed.end);
      if (this.#flights.size === 0 && this.#prompt.isAtEnd) this.#settled.wake();
      await (isThrough ? until(changed(feed), this.#work.woken) : nextTurn(clock));
    }
  }

  /** Reads on, up to a position, while there is room; whether it need not go on at once. */
  #read(reader: FeedReader, until: number, room: number): boolean {
    const { store: { feed } } = this.#options.environment;
    for (let passed = 0; this.#flights.size < room; passed++) {
      const record = reader.peek();
      if (record !== 0 && feed.positionOf(record) > until) return true;
      if (passed === MAX_PASSED_A_TURN) return false;
      if (reader.next() === 0) return true;
      this.#offer(record, reader === this.#patient);
    }
    return true;
  }

  #offer(record: number, isPatient: boolean): void {
    const { environment: { store }, figures } = this.#options;
    if (!this.#isWanted(record)) {
      if (isPatient) figures.withheld++;
      return;
    }
    if (!isPatient && store.isKnownTo(record, ANYBODY)) return;
    const flight = this.#flights.get(record);
    if (flight === undefined) this.#send(record, { position: 0, again: 0, older: 0, sentMs: 0 });
    else if (flight.position !== store.feed.positionOf(record)) {
      flight.again = store.feed.positionOf(record);
    }
  }

  /** Whether the stream lacks a record's version. */
  #isWanted(record: number): boolean {
    const { store } = this.#options.environment;
    return !store.isKnownTo(record, STREAM_BIT) && !store.isExpired(record);
  }

  #send(record: number, flight: Flight): void {
    const { environment: { store, clock, log, subjectOf }, stream } = this.#options;
    flight.position = store.feed.positionOf(record);
    flight.again = 0;
    flight.sentMs = clock.monotonicMs();
    // Anew, so that they stay in the order in which they were sent.
    this.#flights.delete(record);
    this.#flights.set(record, flight);
    this.#watch();
    const body = new Uint8Array(store.bodyLength(record));
    store.copyBody(record, body, 0);
    if (log.debugEnabled) log.debug("backbone.out", { line: body });
    const { bytes, clientStart, clientEnd } = store.read(record);
    stream.publish(subjectOf(bytes.subarray(clientStart, clientEnd)), body, (sequence) => {
      if (!this.#isOver) this.#taken(record, flight, sequence);
    });
  }

  #taken(record: number, flight: Flight, sequence: number): void {
    const { environment: { store }, intake, figures } = this.#options;
    figures.published++;
    if (store.feed.positionOf(record) === flight.position) {
      const since = intake.sequenceOf(record);
      intake.confirm(record, sequence);
      if (since !== 0 && since < sequence) {
        figures.repeated++;
        this.#courtesy.yield(this.#patient.position);
      } else this.#courtesy.grow();
    }
    this.#landed(record, flight);
  }

  #landed(record: number, flight: Flight): void {
    const { environment: { store }, intake } = this.#options;
    const isAgain = flight.again !== 0 && flight.again === store.feed.positionOf(record);
    if (isAgain && this.#isWanted(record)) return this.#send(record, flight);
    this.#flights.delete(record);
    if (flight.older !== 0) intake.weighOlder(record, flight.older, this.position);
    this.#work.wake();
  }

  /** Sees to it that somebody looks when the oldest flight has been under way for too long. */
  #watch(): void {
    if (this.#cancelWatch !== undefined) return;
    const { clock, timings: { acknowledgeMs } } = this.#options.environment;
    const look = () => {
      this.#cancelWatch = undefined;
      const [oldest] = this.#flights.values();
      if (oldest === undefined) return;
      const leftMs = oldest.sentMs + acknowledgeMs - clock.monotonicMs();
      if (leftMs > 0) this.#cancelWatch = clock.after(leftMs, look);
      else this.#options.fail(`what was published was not acknowledged within ${acknowledgeMs} ms`);
    };
    this.#cancelWatch = clock.after(acknowledgeMs, look);
  }
}
